#pragma once
// How a coroutine waits for something that is no operation of Asio's, without a coroutine of its
// own for the wait: a connection at rest keeps that one less (docs/adr/0019).

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <utility>

#include "contract/async.hpp"

namespace sitegate {

/// What goes on with a coroutine that waits: to be called once, on its worker, and never within the
/// call that got it. Destroyed without a call it ends the coroutine and all that wait for it.
// Asio names the type in `detail` alone.
using Resumption = asio::detail::awaitable_async_op_handler<void(), WorkerExecutor>;

/// For co_await, at once: calls `keep` with the resumption.
template <class Keep>
auto suspend(Keep keep) {
  return asio::async_initiate<const asio::deferred_t, void()>(std::move(keep), asio::deferred);
}

}  // namespace sitegate
