#include "config/nearest.hpp"

#include <algorithm>
#include <utility>

#include "config/notations.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kLettersPerMistake = 3;
constexpr std::size_t kMostMistakes = 3;

std::string folded(std::string_view word) {
  std::string text = lower_case(word);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

}  // namespace

std::size_t distance(std::string_view a, std::string_view b) {
  // Three rows of the table: distances from the first letters of `a`, one and two letters fewer.
  std::vector<std::size_t> two_before;
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    two_before = std::exchange(before, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = a[i - 1] == b[j - 1];
      row[j] = std::min({before[j] + 1, row[j - 1] + 1, before[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], two_before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::string_view nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string_view best;
  std::size_t least = kMostMistakes + 1;
  for (const std::string& candidate : known) {
    const std::size_t shorter = std::min(word.size(), candidate.size());
    const std::size_t longer = std::max(word.size(), candidate.size());
    const std::size_t allowed = std::min(longer / kLettersPerMistake, kMostMistakes);
    if (longer - shorter > allowed) {
      continue;  // also what is too long to be compared
    }
    const std::size_t mistakes = distance(folded(word), folded(candidate));
    if (mistakes <= allowed && mistakes < least) {
      best = candidate;
      least = mistakes;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string_view meant = nearest(word, known);
  return meant.empty() ? "" : "did you mean `" + std::string(meant) + "`? ";
}

}  // namespace sitegate
