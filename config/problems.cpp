#include "config/problems.hpp"

#include <algorithm>

namespace sitegate {
namespace {

std::string to_line(const Problem& problem) {
  const Origin& origin = problem.origin;
  std::string line = origin.file;
  if (origin.line > 0) {
    line += ':' + std::to_string(origin.line) + ':' + std::to_string(origin.column);
  }
  line += ": ";
  if (!origin.key_path.empty()) {
    line += origin.key_path + ": ";
  }
  line += problem.what + "; " + problem.cure + '\n';
  return line;
}

}  // namespace

void Problems::add_new(const Problems& others) {
  for (const Problem& problem : others.list_) {
    if (std::find(list_.begin(), list_.end(), problem) == list_.end()) {
      list_.push_back(problem);
    }
  }
}

std::string Problems::to_string() const {
  // Files stay in the order in which they were read: the users file after the one that names it.
  std::vector<std::string_view> files;
  for (const Problem& problem : list_) {
    if (std::find(files.begin(), files.end(), problem.origin.file) == files.end()) {
      files.push_back(problem.origin.file);
    }
  }
  std::string text;
  for (const std::string_view file : files) {
    std::vector<const Problem*> here;
    for (const Problem& problem : list_) {
      if (problem.origin.file == file) {
        here.push_back(&problem);
      }
    }
    std::stable_sort(here.begin(), here.end(), [](const Problem* a, const Problem* b) {
      return std::pair(a->origin.line, a->origin.column) <
             std::pair(b->origin.line, b->origin.column);
    });
    for (const Problem* problem : here) {
      text += to_line(*problem);
    }
  }
  return text;
}

}  // namespace sitegate
