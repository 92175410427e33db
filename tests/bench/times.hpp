// How long answers took, in the load generators.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

inline long microseconds(Clock::duration time) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

/// Of `times`, which are put into another order; 0 without any.
inline long percentile(std::vector<long>& times, std::size_t share) {
  if (times.empty())
    return 0;
  const auto at = times.begin() + static_cast<std::ptrdiff_t>(times.size() * share / 100);
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

}  // namespace bench
