#include "gateway/worker.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "gateway/extensions.hpp"
#include "gateway/listening.hpp"

namespace sitegate {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<WorkerExecutor>{});
constexpr Milliseconds kAcceptPause{100};  // after a failed accept: no descriptors, no memory
constexpr Milliseconds kEndCheck{20};

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, WorkerExecutor>;

}  // namespace

Worker::Worker(const MakeServices& make_services, Logs& logs, ConnectionPlaces& places)
    : io_(1),
      wire_(io_),
      services_(make_services(wire_, io_.get_executor())),
      logs_(logs),
      places_(places) {}

Worker::~Worker() = default;

Result<void> Worker::listen(const Listening& listening) {
  boost::system::error_code error;
  Acceptor acceptor(io_.get_executor());
  acceptor.assign(listening.protocol, listening.descriptor, error);
  if (!error)
    acceptor.non_blocking(true, error);
  if (error)
    return make_error(ErrorCode::GeneralServerFailure, {},
                      "a worker cannot wait for connections: " + error.message());
  doors_.push_back(
      std::make_unique<Door>(Door{std::move(acceptor), listening.listener, listening.context}));
  return {};
}

void Worker::run() {
  wire_.sweep.start();
  if (wire_.poller.batch().get_ring() == SendBatch::By::Calls)
    logs_.process_rarely(
        LogLevel::Info, "io_uring",
        "each answer is sent by a system call of its own: io_uring is not to be had (a "
        "seccomp profile, kernel.io_uring_disabled, or an old kernel)");
  const auto on_end = [this](const std::exception_ptr& thrown) {
    --accepting_;
    if (thrown)
      logs_.process(LogLevel::Severe, "a listener ended: " + what_of(thrown));
  };
  accepting_ = doors_.size();
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
  for (;;) {
    co_await door.acceptor.async_wait(Acceptor::wait_read, kAwait);
    if (!door.acceptor.is_open())
      co_return;
    const auto error = accept_one(door);
    if (!error || would_wait(error))
      continue;
    logs_.process_rarely(LogLevel::Severe, "accept", "accept failed: " + error.message());
    if (error == asio::error::no_descriptors || error.value() == ENFILE)
      turn_waiting_away(door);
    pause.expires_after(kAcceptPause);
    co_await pause.async_wait(kAwait);
  }
}

/// Of those that wait at the door; would_wait(): nobody does.
boost::system::error_code Worker::accept_one(Door& door) {
  boost::system::error_code error;
  asio::ip::tcp::endpoint from;
  auto socket = Socket::accept(door.acceptor.native_handle(), from, error);
  if (!error)
    admit(door, std::move(socket), from);
  return error;
}

void Worker::admit(Door& door, Socket socket, const asio::ip::tcp::endpoint& from) {
  try {
    welcome(door, std::move(socket), from);
  } catch (const std::exception& thrown) {  // no memory: this connection ends, the door stays
    logs_.process_rarely(LogLevel::Severe, "admit",
                         std::string("a connection was closed: ") + thrown.what());
  }
}

/// Without descriptors nobody can be served. Who waits is closed at once, with the one that was
/// kept for this, so that a client or a balancer can turn to another gateway.
void Worker::turn_waiting_away(Door& door) {
  spare_.lend();
  boost::system::error_code error;
  asio::ip::tcp::endpoint from;
  for (int i = 0; i < kBacklog && !error; ++i)
    Socket::accept(door.acceptor.native_handle(), from, error);
  spare_.take_back();
}

/// What the system accepted for us already: to be done before a door closes, which resets it.
void Worker::take_waiting(Door& door) {
  for (int i = 0; i < kBacklog && !accept_one(door); ++i) {
  }
}

void Worker::welcome(Door& door, Socket socket, const asio::ip::tcp::endpoint& from) {
  const auto& listener = door.listener;
  const auto& balancers = listener.proxy_protocol_from;
  Entrance entrance{listener.kind, from.address().to_string(), !balancers.empty(), {}};
  const auto is_known = [&](const IpNetwork& network) {
    return network.contains(entrance.peer_address);
  };
  if (entrance.proxied && std::none_of(balancers.begin(), balancers.end(), is_known)) {
    const auto key = listener.origin.key_path + ".proxy_protocol_from";
    logs_.process_rarely(
        LogLevel::Warning, key,
        "a connection from " + entrance.peer_address + " was closed: it is not in " + key);
    return;
  }
  if (listener.kind != ListenerKind::Admin) {  // operators get in whatever the callers do
    const bool by_address = !entrance.proxied;
    entrance.place =
        listener.kind == ListenerKind::Peers
            ? places_.take_unproven()
            : places_.take(by_address ? address_group(entrance.peer_address) : std::string());
    if (!entrance.place || entrance.turned_away())
      logs_.process_rarely(
          LogLevel::Warning, "too many connections",
          "too many connections: one from " + entrance.peer_address +
              (entrance.place ? " was turned away: " + entrance.place->refusal()->args[0]
                              : " was closed without a word"));
    if (!entrance.place)
      return;
  }
  serve(door, std::move(socket), std::move(entrance));
}

void Worker::serve(Door& door, Socket socket, Entrance entrance) {
  std::optional<TlsEngine> engine;
  if (door.context != nullptr)
    engine = TlsEngine::server(door.context);
  auto connection = std::make_shared<CallerConnection>(wire_, services_, logs_, std::move(entrance),
                                                       std::move(socket), std::move(engine));
  open_.push_back(*connection);
  if (finishing_)
    connection->finish();
  CallerConnection::start(std::move(connection));
}

void Worker::finish() {
  const auto on_end = [this](const std::exception_ptr& thrown) {
    if (thrown)
      logs_.process(LogLevel::Severe, "finishing failed: " + what_of(thrown));
  };
  asio::co_spawn(io_, finish_all(), on_end);
}

void Worker::keep_alive_at_sites(std::vector<ExtensionsPtr> due) {
  asio::post(io_, [this, due = std::move(due)] {
    if (!finishing_)
      sitegate::keep_alive_at_sites(due, services_);
  });
}

/// The last act: once no connection is left, nothing keeps the io_context running.
Awaitable<> Worker::finish_all() {
  finishing_ = true;
  for (auto& door : doors_) {
    take_waiting(*door);
    boost::system::error_code ignored;
    door->acceptor.close(ignored);
  }
  for (auto& connection : open_) connection.finish();
  Timer timer(io_.get_executor());
  const auto limit = Deadline::after(services_.settings.limits.shutdown);
  bool sites_closed = false;
  while (!open_.empty() || accepting_ > 0) {
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
