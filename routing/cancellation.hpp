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

  /// While it lives, `running` is what runs for the lookup: its limit is what gets shortened. For
  /// those that may have no cancellation at all.
  class Scope {
   public:
    Scope(Cancellation* cancellation, Sweepable& running) noexcept : cancellation_(cancellation) {
      if (cancellation_ != nullptr)
        cancellation_->running_ = &running;
    }
    ~Scope() {
      if (cancellation_ != nullptr)
        cancellation_->running_ = nullptr;
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Cancellation* cancellation_;
  };

 private:
  Sweepable* running_ = nullptr;
  bool cancelled_ = false;
};

inline bool is_cancelled(const Cancellation* cancellation) noexcept {
  return cancellation != nullptr && cancellation->cancelled();
}

}  // namespace sitegate
