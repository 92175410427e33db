#include "gateway/caller_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "gateway/http1_conversation.hpp"
#include "gateway/http2_conversation.hpp"
#include "routing/transport/proxy_header.hpp"

namespace sitegate {
namespace {

constexpr Milliseconds kLingerTime{2000};
constexpr std::size_t kMaxLingered = 1024 * 1024;

SteadyTime after(Milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

}  // namespace

CallerConnection::CallerConnection(WorkerIo& io, Services& services, Logs& logs, Entrance entrance,
                                   Socket socket, std::optional<TlsEngine> engine)
    : logs_(logs),
      entrance_(std::move(entrance)),
      stream_(io, std::move(socket), std::move(engine)),
      side_{io, services, logs, entrance_, client_certificate_, stream_} {}

void CallerConnection::finish() noexcept {
  finishing_ = true;
  if (conversation_)
    conversation_->finish();
  else
    stream_.set_limit(std::min(stream_.limit(), after(kLastChance)));
}

void CallerConnection::start(std::shared_ptr<CallerConnection> self) {
  const auto& io = self->side_.io;
  const auto on_end = [&logs = self->logs_](const std::exception_ptr& thrown) {
    if (thrown)
      logs.process(LogLevel::Severe, "a connection ended: " + what_of(thrown));
  };
  asio::co_spawn(io.executor, serve(std::move(self)), on_end);
}

void CallerConnection::wake_up() {
  start(std::exchange(sleeping_, nullptr));
}

/// Until the connection ends or sleeps.
Awaitable<> CallerConnection::serve(std::shared_ptr<CallerConnection> self) {
  auto& connection = *self;
  if (!connection.conversation_)
    co_await connection.open();
  bool rests = false;
  if (connection.conversation_)
    rests = co_await connection.conversation_->run();
  if (rests) {
    connection.stream_.sleep(connection);
    connection.sleeping_ = std::move(self);
    co_return;
  }
  co_await connection.stream_.linger(kLingerTime, kMaxLingered);
}

/// Who really calls, told by the balancer in front. False: nobody that we could believe.
Awaitable<bool> CallerConnection::read_proxy_header() {
  std::string octets;
  for (;;) {
    auto header = scan_proxy_header(octets);
    if (header.fault) {
      logs_.process_rarely(LogLevel::Warning, "PROXY protocol",
                           "a connection from " + entrance_.peer_address +
                               " was closed, no PROXY protocol v2 header: " + *header.fault);
      stream_.close();
      co_return false;
    }
    if (header.missing == 0) {
      if (!header.source.empty())
        entrance_.peer_address = std::move(header.source);
      co_return true;
    }
    if (co_await stream_.read_in_front(octets, header.missing) != StreamEnd::Ok)
      co_return false;
  }
}

/// PROXY protocol and TLS, and what is spoken then; no conversation: there is nobody to talk to.
Awaitable<> CallerConnection::open() {
  const auto usual = side_.limits().handshake;
  const bool last_chance = entrance_.turned_away() || finishing_;
  stream_.set_limit(after(last_chance ? std::min(kLastChance, usual) : usual));
  if (entrance_.proxied && !co_await read_proxy_header())
    co_return;
  const auto shaken = co_await stream_.handshake();
  if (shaken == StreamEnd::Ok) {
    if (const auto* tls = stream_.tls(); tls && entrance_.listener == ListenerKind::Peers)
      if (auto certificate = tls->peer_certificate())
        client_certificate_ = std::make_unique<ClientCertificate>(std::move(*certificate));
    if (entrance_.place)
      entrance_.place->prove();
    converse();
    co_return;
  }
  if (const auto failure = stream_.tls_failure())  // anybody can make these without an end
    logs_.process_rarely(LogLevel::Info, "TLS handshake",
                         "TLS handshake with " + entrance_.peer_address +
                             " failed: " + printable(failure->detail, 256));
}

void CallerConnection::converse() {
  const auto* tls = stream_.tls();
  if (tls != nullptr && tls->protocol() == "h2")
    conversation_ = std::make_unique<Http2Conversation>(side_);
  else
    conversation_ = std::make_unique<Http1Conversation>(side_);
  if (finishing_)
    conversation_->finish();
}

}  // namespace sitegate
