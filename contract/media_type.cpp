#include "contract/media_type.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sitegate {
namespace {

constexpr std::string_view kCharset = ";charset=UTF-8";

// Plain JSON first: it is what everybody gets who has no wish. Then newest first.
constexpr std::array<std::string_view, 13> kTypes{
    "application/json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.7+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.6+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.5+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.4+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.3+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.2+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.1+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4+json;charset=UTF-8",
    "application/vnd.vmware.h4-v3.5+json;charset=UTF-8",
    "application/vnd.vmware.h4-v3+json;charset=UTF-8",
    "application/vnd.vmware.h4-v2+json;charset=UTF-8",
    "application/vnd.vmware.h4-v1+json;charset=UTF-8",
};
constexpr std::size_t kV47 = 1;

constexpr std::string_view bare(std::size_t index) {
  return kTypes[index].substr(0, kTypes[index].size() - kCharset.size());
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Cuts the next element off `rest`; separators inside quoted strings do not count.
std::string_view next_element(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t i = 0;
  for (; i < rest.size(); ++i) {
    if (rest[i] == '"')
      quoted = !quoted;
    else if (quoted && rest[i] == '\\')
      ++i;
    else if (!quoted && rest[i] == separator)
      break;
  }
  const auto element = rest.substr(0, std::min(i, rest.size()));
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return trim(element);
}

/// A q-value in thousandths (RFC 9110 12.4.2); one that is not well-formed counts as 1.
int thousandths(std::string_view q) {
  if (q.empty() || (q[0] != '0' && q[0] != '1') || q.size() > 5)
    return 1000;
  int value = (q[0] - '0') * 1000;
  if (q.size() > 1 && q[1] != '.')
    return 1000;
  int weight = 100;
  for (std::size_t i = 2; i < q.size(); ++i, weight /= 10) {
    if (q[i] < '0' || q[i] > '9')
      return 1000;
    value += (q[i] - '0') * weight;
  }
  return std::min(value, 1000);
}

// How well one range of Accept fits one type: a more specific range speaks for the type.
enum class Fit : std::uint8_t { None, Any, Application, Exact };

Fit fit(std::string_view range, std::size_t type) {
  if (equals_ignoring_case(range, bare(type)))
    return Fit::Exact;
  if (equals_ignoring_case(range, "application/*"))
    return Fit::Application;
  if (range == "*/*" || range == "*")
    return Fit::Any;
  return Fit::None;
}

struct Standing {
  Fit fit = Fit::None;
  int q = 0;
  std::size_t position = 0;
};

bool better(const Standing& a, const Standing& b) {
  if (a.q != b.q)
    return a.q > b.q;
  if ((a.fit == Fit::Exact) != (b.fit == Fit::Exact))
    return a.fit == Fit::Exact;
  return a.fit == Fit::Exact && a.position < b.position;
}

}  // namespace

std::string_view MediaType::content_type() const noexcept {
  return kTypes[index_];
}

bool MediaType::is_v4_7() const noexcept {
  return index_ == kV47;
}

std::optional<MediaType> negotiate(std::string_view accept) {
  if (trim(accept).empty())
    return MediaType{};
  std::array<Standing, kTypes.size()> standings{};
  for (std::size_t position = 0; !accept.empty(); ++position) {
    auto parameters = next_element(accept, ',');
    const auto range = next_element(parameters, ';');
    int q = 1000;
    while (!parameters.empty()) {
      const auto parameter = next_element(parameters, ';');
      if (parameter.size() > 2 && lower(parameter[0]) == 'q' && parameter[1] == '=')
        q = thousandths(trim(parameter.substr(2)));
    }
    for (std::size_t type = 0; type < kTypes.size(); ++type) {
      const auto how = fit(range, type);
      if (how > standings[type].fit)
        standings[type] = {how, q, position};
    }
  }
  std::size_t best = 0;
  for (std::size_t type = 1; type < kTypes.size(); ++type)
    if (better(standings[type], standings[best]))
      best = type;
  if (standings[best].q == 0)
    return std::nullopt;
  return MediaType{best};
}

bool is_readable_content_type(std::string_view content_type) {
  const auto type = next_element(content_type, ';');
  if (type.empty())
    return true;
  for (std::size_t i = 0; i < kTypes.size(); ++i)
    if (equals_ignoring_case(type, bare(i)))
      return true;
  return false;
}

std::vector<std::string> supported_media_types() {
  std::vector<std::string> types;
  for (std::size_t i = 0; i < kTypes.size(); ++i) types.emplace_back(bare(i));
  return types;
}

}  // namespace sitegate
