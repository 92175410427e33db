#pragma once
// A few threads for work that would block a worker (password hashing, waiting for a durable write),
// behind a queue that is bounded: when it is full the answer is Overloaded, not a longer wait.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "contract/handoff.hpp"

namespace sitegate {

class BlockingPool {
 public:
  /// `waiting`: jobs that may queue beside those that run. `what` it does, in the words of
  /// Overloaded: "too many WHAT at once".
  BlockingPool(std::string what, std::size_t threads, std::size_t waiting);
  ~BlockingPool() { close(); }
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs what is queued, then ends the threads; takes nothing more. May be called again.
  void close();

  /// From any thread. False: the queue is full and `job` was not taken.
  bool submit(std::function<void()> job);

  /// On a worker: runs `work` (which returns a Result) on the pool and gives back what it
  /// returned. Overloaded when the queue is full or the deadline passes first; work that has begun
  /// by then goes on, work that has not is not done. A throwing `work` is GeneralServerFailure.
  template <class T>
  Async<T> run(WorkerExecutor worker, std::function<Result<T>()> work, Deadline deadline) {
    auto handoff = std::make_shared<Handoff<Result<T>>>(worker);
    auto job = [handoff, work = std::move(work), deadline] {
      if (deadline.passed())
        handoff->complete(make_error(ErrorCode::Overloaded, {"it took too long"}));
      else
        handoff->complete(guarded<T>(work));
    };
    if (!submit(std::move(job)))
      co_return make_error(ErrorCode::Overloaded, {"too many " + what_ + " at once"});
    auto outcome = co_await handoff->wait(deadline);
    if (!outcome)
      co_return make_error(ErrorCode::Overloaded, {"it took too long"});
    co_return std::move(*outcome);
  }

 private:
  template <class T>
  static Result<T> guarded(const std::function<Result<T>()>& work) noexcept {
    try {
      return work();
    } catch (const std::exception& thrown) {
      return make_error(ErrorCode::GeneralServerFailure, {}, thrown.what());
    }
  }

  void serve();

  const std::string what_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void()>> jobs_;
  std::size_t free_;  // places, of those that run and of those that wait
  bool ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace sitegate
