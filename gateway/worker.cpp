#include "gateway/worker.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sitegate {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<WorkerExecutor>{});
constexpr Milliseconds kAcceptPause{100};  // after a failed accept: no descriptors, no memory
constexpr Milliseconds kEndCheck{20};

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, WorkerExecutor>;

/// One of the connections that `limits.connections` allows, for as long as it lives.
class ConnectionPlace {
 public:
  ConnectionPlace(ConnectionCount& count, bool counts)
      : count_(counts ? &count : nullptr),
        granted_(!counts || count.open.fetch_add(1, std::memory_order_relaxed) < count.limit) {}
  ~ConnectionPlace() {
    if (count_ != nullptr)
      count_->open.fetch_sub(1, std::memory_order_relaxed);
  }
  ConnectionPlace(const ConnectionPlace&) = delete;
  ConnectionPlace& operator=(const ConnectionPlace&) = delete;
  bool granted() const noexcept { return granted_; }

 private:
  ConnectionCount* count_;
  bool granted_;
};

std::string what_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

}  // namespace

Worker::Worker(const MakeServices& make_services, Logs& logs, ConnectionCount& connections)
    : io_(1),
      wire_(io_),
      services_(make_services(wire_, io_.get_executor())),
      logs_(logs),
      connections_(connections) {}

Worker::~Worker() = default;

void Worker::listen(const Listening& listening) {
  boost::system::error_code error;
  Acceptor acceptor(io_.get_executor());
  acceptor.assign(listening.protocol, listening.descriptor, error);
  acceptor.native_non_blocking(true, error);
  doors_.push_back(
      std::make_unique<Door>(Door{std::move(acceptor), listening.kind, listening.context}));
}

void Worker::run() {
  wire_.sweep.start();
  const auto on_end = [this](const std::exception_ptr& thrown) {
    if (thrown)
      logs_.process(LogLevel::Severe, "a listener ended: " + what_of(thrown));
  };
  for (auto& door : doors_) asio::co_spawn(io_, accept(*door), on_end);
  // What a library throws out of a handler costs its own connection, never the process.
  for (;;) {
    try {
      io_.run();
      break;
    } catch (const std::exception& thrown) {
      logs_.process(LogLevel::Severe, std::string("a handler threw: ") + thrown.what());
    }
  }
}

Awaitable<> Worker::accept(Door& door) {
  Timer pause(io_.get_executor());
  while (door.acceptor.is_open()) {
    Socket socket(io_.get_executor());
    const auto [error] = co_await door.acceptor.async_accept(socket, kAwait);
    if (!door.acceptor.is_open())
      co_return;
    if (!error) {
      try {
        welcome(door, std::move(socket));
      } catch (const std::exception& thrown) {  // no memory: this connection ends, the door stays
        complain(std::string("a connection was closed: ") + thrown.what());
      }
      continue;
    }
    complain("accept failed: " + error.message());
    pause.expires_after(kAcceptPause);
    co_await pause.async_wait(kAwait);
  }
}

void Worker::complain(std::string_view what) {
  const auto now = std::chrono::steady_clock::now();
  if (now - complained_ < std::chrono::seconds{1})
    return;
  complained_ = now;
  logs_.process(LogLevel::Warning, what);
}

void Worker::welcome(Door& door, Socket socket) {
  // Operators get in whatever the callers do.
  const bool counts = door.kind != ListenerKind::Admin;
  const auto place = std::make_shared<ConnectionPlace>(connections_, counts);
  if (!place->granted()) {
    complain("a connection was closed: limits.connections is reached");
    return;
  }
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  std::optional<TlsEngine> engine;
  if (door.context != nullptr)
    engine = TlsEngine::server(door.context);
  auto connection = std::make_shared<CallerConnection>(
      wire_, services_, logs_, door.kind, std::move(socket), std::move(engine),
      error ? std::string("unknown") : peer.address().to_string());
  open_.push_back(*connection);
  const auto on_end = [this, place](const std::exception_ptr& thrown) {
    if (thrown)
      logs_.process(LogLevel::Severe, "a connection ended: " + what_of(thrown));
  };
  asio::co_spawn(io_, CallerConnection::serve(std::move(connection)), on_end);
}

void Worker::finish() {
  const auto on_end = [this](const std::exception_ptr& thrown) {
    if (thrown)
      logs_.process(LogLevel::Severe, "finishing failed: " + what_of(thrown));
  };
  asio::co_spawn(io_, finish_all(), on_end);
}

/// The last act: once no connection is left, nothing keeps the io_context running.
Awaitable<> Worker::finish_all() {
  for (auto& door : doors_) {
    boost::system::error_code ignored;
    door->acceptor.close(ignored);
  }
  for (auto& connection : open_) connection.finish();
  Timer timer(io_.get_executor());
  const auto limit = Deadline::after(services_.settings.limits.shutdown);
  bool sites_closed = false;
  while (!open_.empty()) {
    if (limit.passed()) {
      // Lookups under way end as ShuttingDown, which their callers still get; the rest ends with
      // the next turn.
      if (std::exchange(sites_closed, true))
        for (auto& connection : open_) connection.abort();
      for (auto& site : services_.sources.remote) site->close();
    }
    timer.expires_after(kEndCheck);
    co_await timer.async_wait(kAwait);
  }
  for (auto& site : services_.sources.remote) site->close();
  wire_.sweep.stop();
}

}  // namespace sitegate
