#pragma once
// What is wrong with a configuration: all of it at once, each with its place and the cure.

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace sitegate {

struct Problem {
  Origin origin;
  std::string what;  ///< what is wrong, one sentence without a full stop
  std::string cure;  ///< what to write instead

  bool operator==(const Problem&) const = default;
};

class Problems {
 public:
  void add(Origin origin, std::string what, std::string cure) {
    list_.push_back({std::move(origin), std::move(what), std::move(cure)});
  }
  /// What is not there already: several sites may share a file.
  void add_new(const Problems& others);

  bool empty() const noexcept { return list_.empty(); }
  std::size_t size() const noexcept { return list_.size(); }
  const std::vector<Problem>& list() const noexcept { return list_; }

  /// One line each, ordered by place: `FILE:LINE:COLUMN: KEY.PATH: what; cure`.
  std::string to_string() const;

 private:
  std::vector<Problem> list_;
};

}  // namespace sitegate
