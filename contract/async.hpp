#pragma once
// The one coroutine type: a `Result` that arrives later, on the worker that asked for it.
//
// The executor is the concrete one of `io_context`, from the first line on: the type-erased default
// costs a measurable share of a request (docs/adr/0002). A worker is one thread with one
// io_context; whatever runs in an `Async` runs on that thread.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "contract/result.hpp"

namespace sitegate {

namespace asio = boost::asio;

using WorkerExecutor = asio::io_context::executor_type;

/// For the few coroutines that cannot fail in a way their caller would see.
template <class T = void>
using Awaitable = asio::awaitable<T, WorkerExecutor>;

template <class T>
using Async = Awaitable<Result<T>>;

}  // namespace sitegate
