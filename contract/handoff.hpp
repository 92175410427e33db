#pragma once
// One value, made on another thread, awaited on a worker until a deadline.
//
// A worker never blocks: what may take long (password hashing, database writes) runs elsewhere and
// hands its outcome back here. Too late means that nobody waits any more; the work itself goes on.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>

#include "contract/async.hpp"
#include "contract/deadline.hpp"

namespace sitegate {

template <class T>
class Handoff : public std::enable_shared_from_this<Handoff<T>> {
 public:
  explicit Handoff(const WorkerExecutor& worker) : worker_(worker), timer_(worker) {}

  /// From any thread, once. The io_context of the worker must still exist.
  void complete(T value) {
    auto deliver = [self = this->shared_from_this(), value = std::move(value)]() mutable {
      self->value_ = std::move(value);
      self->timer_.cancel();
    };
    asio::post(worker_, std::move(deliver));
  }

  /// On the worker. The value, or nullopt when the deadline passed first.
  Awaitable<std::optional<T>> wait(Deadline deadline) {
    auto self = this->shared_from_this();
    if (!value_) {
      timer_.expires_at(deadline.at);
      co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable_t<WorkerExecutor>{}));
    }
    co_return std::move(value_);
  }

 private:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock,
                                 asio::wait_traits<std::chrono::steady_clock>, WorkerExecutor>;
  WorkerExecutor worker_;
  Timer timer_;
  std::optional<T> value_;
};

}  // namespace sitegate
