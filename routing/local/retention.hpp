#pragma once
// Finished tasks go when they are older than `store.retention` (docs/adr/0009), a few at a time:
// each batch is a job of the store's writer like a PUT, so that no writer waits for more than one.

#include "config/settings.hpp"
#include "contract/deadline.hpp"
#include "routing/local/sqlite_store.hpp"

namespace sitegate {

/// Used by one thread, which may block. Time is an argument.
class Retention {
 public:
  static constexpr std::size_t kBatch = 100;         ///< tasks, one transaction
  static constexpr std::size_t kBatchesAtOnce = 50;  ///< of one `step`

  /// The first look comes one `interval` after `start`, not with it: a clock that was wrong at
  /// boot has been set by then.
  Retention(const RetentionSettings& settings, SqliteStore& store, SteadyTime start);

  /// Once a second or so. Removes some of what is too old at `now_ms` if it is time to look; what
  /// is left then is the next step's. How many were removed since the look began, when this step
  /// ended it; else 0. After a failure the next look is one `interval` later.
  Result<std::size_t> step(std::int64_t now_ms, SteadyTime now);

 private:
  const RetentionSettings settings_;
  SqliteStore& store_;
  SteadyTime next_;
  std::size_t removed_ = 0;  // since this look began
};

}  // namespace sitegate
