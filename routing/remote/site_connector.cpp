#include "routing/remote/site_connector.hpp"

#include <algorithm>

#include "routing/remote/http1_exchange.hpp"

namespace sitegate {
namespace {

using Kind = LinkFailure::Kind;
using asio::ip::tcp;
using Connected = boost::system::result<LinkConnectionPtr, LinkFailure>;

/// The site did not answer at that address. Anything else is a verdict, and is not asked for twice.
bool may_work_elsewhere(Kind kind) {
  return kind == Kind::Refused || kind == Kind::ConnectTimeout;
}

LinkFailure unwanted() {
  return {Kind::Late, "nobody waits for it any more"};
}

void put_first(const std::optional<tcp::endpoint>& wanted, std::vector<tcp::endpoint>& endpoints) {
  const auto found = std::find(endpoints.begin(), endpoints.end(), wanted);
  if (found != endpoints.end())
    std::rotate(endpoints.begin(), found, found + 1);
}

}  // namespace

SiteConnector::SiteConnector(WorkerIo& io, const RemoteSiteSettings& settings, ssl_ctx_st* context,
                             LinkConnections& connections, NameResolver::LookUp look_up)
    : io_(io),
      settings_(settings),
      context_(context),
      connections_(connections),
      resolver_(io.executor, settings.host, settings.port, {.fresh = settings.links.addresses},
                std::move(look_up)) {}

void SiteConnector::close() noexcept {
  closed_ = true;
  resolver_.close();
}

Awaitable<Connected> SiteConnector::connect(Deadline deadline, LookupTrace& trace,
                                            Cancellation* cancellation) {
  trace.phase = Phase::Connect;
  const auto begin = std::chrono::steady_clock::now();
  const auto limit = deadline.sooner_of(Deadline::after(settings_.connect_timeout, begin));
  std::optional<NameResolver::Answer> resolved;
  // A look-up cannot be cut short, only be left alone.
  while (!resolved && !limit.passed() && !is_cancelled(cancellation))
    resolved = co_await resolver_.resolve(limit.sooner_of(Deadline::after(Cancellation::kGrace)));
  if (is_cancelled(cancellation))
    co_return unwanted();
  if (!resolved)
    co_return LinkFailure{Kind::ConnectTimeout, "its name was not resolved in time"};
  auto& endpoints = resolved->endpoints;
  put_first(worked_, endpoints);
  LinkFailure failure{Kind::Unresolved, resolved->why};
  for (std::size_t i = 0; i < endpoints.size() && !closed_; ++i) {
    // An address that swallows packets, or a process there that hangs, must leave time for others.
    const auto share = limit.left() / static_cast<int>(endpoints.size() - i);
    const auto share_end = limit.sooner_of(Deadline::after(share));
    auto tried = co_await connect_to(endpoints[i], share_end, trace, cancellation);
    trace.connect_us = microseconds_since(begin);
    if (tried) {
      worked_ = endpoints[i];
      co_return std::move(*tried);
    }
    failure = std::move(tried).error();
    if (is_cancelled(cancellation))
      co_return unwanted();
    if (!may_work_elsewhere(failure.kind))
      break;
  }
  resolver_.doubt();
  if (closed_)
    failure = {Kind::ShuttingDown, "the gateway is shutting down"};
  co_return failure;
}

Awaitable<Connected> SiteConnector::connect_to(const tcp::endpoint& endpoint, Deadline limit,
                                               LookupTrace& trace, Cancellation* cancellation) {
  trace.phase = Phase::Connect;
  boost::system::error_code error;
  auto socket = Socket::open(endpoint.protocol(), error);
  if (error)
    co_return LinkFailure{Kind::NoResources, error.message()};
  auto connection = std::make_unique<LinkConnection>(
      io_, Socket(), TlsEngine::client(context_, settings_.tls_name));
  connections_.push_back(*connection);
  auto& stream = connection->stream;
  stream.set_limit(limit.at);
  const Cancellation::Scope scope(cancellation, stream);
  if (const auto failed = co_await stream.connect(std::move(socket), endpoint); failed)
    co_return failed == asio::error::operation_aborted
        ? LinkFailure{Kind::ConnectTimeout, "connecting"}
        : LinkFailure{Kind::Refused, failed.message()};
  trace.phase = Phase::TlsHandshake;
  const auto end = co_await stream.handshake();
  if (end == StreamEnd::Late)
    co_return LinkFailure{Kind::ConnectTimeout, "TLS handshake"};
  // A site that takes nobody in (its limit is reached, nothing stands behind its balancer) closes
  // before it says a word: there was no answer that could be cut.
  if (end == StreamEnd::Cut)
    co_return LinkFailure{Kind::Refused, "it closed the connection in the TLS handshake"};
  if (end != StreamEnd::Ok)
    co_return link_failure(end, stream, "in the TLS handshake");
  connection->too_old = std::chrono::steady_clock::now() + spread_.of(settings_.links.max_age);
  co_return connection;
}

}  // namespace sitegate
