#include "gateway/caller_connection.hpp"

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

Awaitable<> CallerConnection::serve(std::shared_ptr<CallerConnection> self) {
  if (co_await self->open()) {
    const auto* tls = self->stream_.tls();
    if (tls != nullptr && tls->protocol() == "h2")
      self->conversation_ = std::make_unique<Http2Conversation>(self->side_);
    else
      self->conversation_ = std::make_unique<Http1Conversation>(self->side_);
    if (self->finishing_)
      self->conversation_->finish();
    co_await self->conversation_->run();
  }
  co_await self->stream_.linger(kLingerTime, kMaxLingered);
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

/// PROXY protocol and TLS; false: there is nobody to talk to.
Awaitable<bool> CallerConnection::open() {
  const auto usual = side_.limits().handshake;
  const bool last_chance = entrance_.turned_away() || finishing_;
  stream_.set_limit(after(last_chance ? std::min(kLastChance, usual) : usual));
  if (entrance_.proxied && !co_await read_proxy_header())
    co_return false;
  const auto shaken = co_await stream_.handshake();
  if (shaken == StreamEnd::Ok) {
    if (const auto* tls = stream_.tls(); tls && entrance_.listener == ListenerKind::Peers)
      if (auto certificate = tls->peer_certificate())
        client_certificate_ = std::make_unique<ClientCertificate>(std::move(*certificate));
    if (entrance_.place)
      entrance_.place->prove();
    co_return true;
  }
  if (const auto failure = stream_.tls_failure())  // anybody can make these without an end
    logs_.process_rarely(LogLevel::Info, "TLS handshake",
                         "TLS handshake with " + entrance_.peer_address +
                             " failed: " + printable(failure->detail, 256));
  co_return false;
}

}  // namespace sitegate
