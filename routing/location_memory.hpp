#pragma once
// Where a viewer's tasks were found before (CONTRACT 0.2 "Find anywhere"), so that a client that
// polls without `site` asks one site, not all of them.
//
// Kept per asker (Lookup::asker_key): what one found says nothing to another. Shared by the
// workers, because a client's next poll may come in on any of them; off the two hot paths, one
// short critical section each. Lost with the process: the next poll searches once more.

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "contract/deadline.hpp"
#include "contract/task_id.hpp"

namespace sitegate {

/// Any thread.
class LocationMemory {
 public:
  static constexpr std::size_t kMaxRemembered = 65536;

  /// `life`: how long a location is good; 0 = nothing is remembered. `capacity` is at least 1; when
  /// it is full, the one that was confirmed longest ago goes.
  explicit LocationMemory(Milliseconds life, std::size_t capacity = kMaxRemembered);

  /// Index of the site.
  std::optional<std::size_t> where(std::string_view asker, const TaskId& id, SteadyTime now);

  /// The asker got the task from this site: only a 200 is remembered.
  void found(std::string_view asker, const TaskId& id, std::size_t site, SteadyTime now);

  /// The site says that it has no such task for this asker.
  void forget(std::string_view asker, const TaskId& id);

  std::size_t size() const;

 private:
  struct Location {
    std::string key;
    std::size_t site;
    SteadyTime until;
  };
  using Locations = std::list<Location>;

  static std::string key_of(std::string_view asker, const TaskId& id);
  void remove(Locations::iterator location);

  const Milliseconds life_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  Locations by_age_;  // the latest confirmed last
  std::unordered_map<std::string, Locations::iterator> by_key_;
};

}  // namespace sitegate
