#pragma once
// The one absolute deadline of a request (CONTRACT 0.1 "Deadline"): made when its head, or its body
// if it has one, has been read; every step spends from it and what is left travels on.

#include <algorithm>
#include <chrono>

namespace sitegate {

using SteadyTime = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

struct Deadline {
  SteadyTime at = SteadyTime::max();

  static Deadline after(Milliseconds budget, SteadyTime now = std::chrono::steady_clock::now()) {
    return {now + budget};
  }

  /// What is left, never negative.
  Milliseconds left(SteadyTime now = std::chrono::steady_clock::now()) const {
    return at <= now ? Milliseconds{0} : std::chrono::duration_cast<Milliseconds>(at - now);
  }
  bool passed(SteadyTime now = std::chrono::steady_clock::now()) const { return at <= now; }
  Deadline sooner_of(Deadline other) const { return {std::min(at, other.at)}; }
};

}  // namespace sitegate
