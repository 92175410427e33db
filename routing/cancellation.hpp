#pragma once
// Says to a lookup under way that nobody wants its answer any more (the losers of a question to all
// sites). Belongs to one worker.
//
// A lookup that has sent its question is not cut off at once: its time is shortened to kGrace. An
// answer that is on its way then still arrives, and the connection that brings it can be kept.

#include <algorithm>

#include "routing/transport/sweep.hpp"

namespace sitegate {

class Cancellation {
 public:
  static constexpr Milliseconds kGrace{200};

  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  bool cancelled() const noexcept { return cancelled_; }

  void cancel(SteadyTime now = std::chrono::steady_clock::now()) noexcept {
    cancelled_ = true;
    if (running_ != nullptr)
      running_->set_limit(std::min(running_->limit(), now + kGrace));
  }

  /// What runs for the lookup just now; null when nothing does. Its limit has been set.
  void run(Sweepable* running) noexcept { running_ = running; }

 private:
  Sweepable* running_ = nullptr;
  bool cancelled_ = false;
};

}  // namespace sitegate
