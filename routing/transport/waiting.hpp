#pragma once
// One coroutine of a worker waits until another one there has what it needs, or its limit passes.
// No timer and no allocation: the limit is the sweep's.

#include <boost/asio/post.hpp>
#include <optional>
#include <utility>

#include "routing/transport/suspend.hpp"
#include "routing/transport/worker_io.hpp"

namespace sitegate {

/// Belongs to one worker and to the coroutine that waits, which it must not outlive: whoever might
/// wake it is told first that it is gone.
class Waiting final : public Sweepable {
 public:
  explicit Waiting(WorkerIo& io) : executor_(io.executor) { io.sweep.add(*this); }

  /// True: woken, be it before this call. False: the limit passed first. Can be called again.
  Awaitable<bool> wait() {
    if (!woken_ && !late_) {
      const auto keep = [this](Resumption waiter) { waiter_.emplace(std::move(waiter)); };
      co_await suspend(keep);
    }
    co_return std::exchange(woken_, false);
  }

  /// The coroutine goes on with the worker's next turn, never within this call.
  void wake() noexcept {
    woken_ = true;
    resume();
  }

 private:
  void on_late() noexcept override {
    late_ = true;
    resume();
  }

  void resume() noexcept {
    if (!waiter_)
      return;
    auto waiter = std::move(*waiter_);
    waiter_.reset();
    asio::post(executor_, std::move(waiter));
  }

  WorkerExecutor executor_;
  std::optional<Resumption> waiter_;
  bool woken_ = false;
  bool late_ = false;
};

}  // namespace sitegate
