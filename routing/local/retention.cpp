#include "routing/local/retention.hpp"

#include <utility>

namespace sitegate {

Retention::Retention(const RetentionSettings& settings, SqliteStore& store, SteadyTime start)
    : settings_(settings), store_(store), next_(start + settings.interval) {}

Result<std::size_t> Retention::step(std::int64_t now_ms, SteadyTime now) {
  if (now < next_)
    return 0;
  for (std::size_t batch = 0; batch < kBatchesAtOnce; ++batch) {
    const auto removed = store_.remove_expired(settings_, now_ms, kBatch);
    removed_ += removed ? *removed : 0;
    if (removed && *removed == kBatch)
      continue;
    next_ = now + settings_.interval;
    const std::size_t in_all = std::exchange(removed_, 0);
    return removed ? Result<std::size_t>(in_all) : removed;
  }
  return 0;
}

}  // namespace sitegate
