#include "routing/remote/http1_link.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

#include "routing/remote/http1_exchange.hpp"
#include "routing/transport/name_resolver.hpp"
#include "routing/transport/stream.hpp"

namespace sitegate {
namespace {

using Kind = LinkFailure::Kind;
using asio::ip::tcp;

constexpr std::size_t kMaxIdle = 64;  // kept connections per worker and site

struct Connection {
  Connection(WorkerIo& io, Socket socket, TlsEngine engine)
      : stream(io, std::move(socket), std::move(engine)) {}

  Stream stream;
  SteadyTime idle_since{};
};
using ConnectionPtr = std::unique_ptr<Connection>;

class Http1Link final : public Link, private Sweepable {
 public:
  Http1Link(WorkerIo& io, const RemoteSiteSettings& settings, const LimitSettings& limits,
            ssl_ctx_st* context)
      : io_(io),
        settings_(settings),
        limits_(limits),
        context_(context),
        resolver_(io.executor, settings.host, settings.port) {
    io_.sweep.add(*this);
  }

  Awaitable<LinkOutcome> exchange(const SiteRequest& request, Deadline deadline, LookupTrace& trace,
                                  Cancellation* cancellation) override {
    const Question question{request, deadline, trace, cancellation};
    auto connection = take_idle();
    if (connection) {
      auto first = co_await ask(*connection, question);
      const bool retry = !first.outcome && first.untouched &&
                         first.outcome.error().kind == Kind::Cut && !deadline.passed();
      if (!retry)
        co_return finish(std::move(connection), std::move(first.outcome));
      connection.reset();  // it had died at rest: once more, on a fresh one
    }
    auto connected = co_await connect(question);
    if (!connected)
      co_return std::move(connected).error();
    connection = std::move(*connected);
    if (question.cancelled()) {
      keep(std::move(connection));
      co_return Question::unwanted();
    }
    auto attempt = co_await ask(*connection, question);
    co_return finish(std::move(connection), std::move(attempt.outcome));
  }

  void close() noexcept override {
    closed_ = true;
    resolver_.close();
    idle_.clear();
    for (auto* stream : busy_) stream->stop();
  }

 private:
  /// What exchange() was called with.
  struct Question {
    const SiteRequest& request;
    Deadline deadline;
    LookupTrace& trace;
    Cancellation* cancellation;

    bool cancelled() const noexcept { return cancellation != nullptr && cancellation->cancelled(); }
    static LinkFailure unwanted() { return {Kind::Late, "nobody waits for it any more"}; }
  };

  /// Marks a stream as in use, so that close() and the question's cancellation reach it.
  class Busy {
   public:
    Busy(Http1Link& link, Stream& stream, Cancellation* cancellation)
        : link_(link), stream_(stream), cancellation_(cancellation) {
      link_.busy_.push_back(&stream_);
      if (cancellation_ != nullptr)
        cancellation_->run(&stream_);
    }
    ~Busy() {
      if (cancellation_ != nullptr)
        cancellation_->run(nullptr);
      std::erase(link_.busy_, &stream_);
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

   private:
    Http1Link& link_;
    Stream& stream_;
    Cancellation* cancellation_;
  };

  void on_late() noexcept override { drop_old(); }

  /// Closes what has rested too long. The connection objects go later: the sweep that calls us
  /// walks over their streams.
  void drop_old() noexcept {
    const auto now = std::chrono::steady_clock::now();
    for (auto& connection : idle_)
      if (connection->idle_since + settings_.idle_timeout <= now)
        connection->stream.close();
    arm();
  }

  void arm() noexcept {
    clear_limit();
    for (const auto& connection : idle_)
      if (connection->stream.socket().is_open()) {
        set_limit(connection->idle_since + settings_.idle_timeout);
        return;
      }
  }

  /// The most recently used connection that is still good; those that are not are closed.
  ConnectionPtr take_idle() {
    while (!idle_.empty()) {
      auto candidate = std::move(idle_.back());
      idle_.pop_back();
      const bool old =
          candidate->idle_since + settings_.idle_timeout <= std::chrono::steady_clock::now();
      if (!old && candidate->stream.still_idle())
        return candidate;
    }
    return nullptr;
  }

  /// After an exchange: its connection is good for the next one, unless this one closed it.
  LinkOutcome finish(ConnectionPtr connection, LinkOutcome outcome) {
    if (outcome)
      keep(std::move(connection));
    return outcome;
  }

  void keep(ConnectionPtr connection) {
    if (closed_ || !connection->stream.socket().is_open())
      return;
    connection->stream.clear_limit();
    connection->idle_since = std::chrono::steady_clock::now();
    while (!idle_.empty() &&
           (idle_.size() >= kMaxIdle || !idle_.front()->stream.socket().is_open()))
      idle_.pop_front();
    idle_.push_back(std::move(connection));
    arm();
  }

  /// A new connection, its TLS finished and the site's identity verified.
  Awaitable<boost::system::result<ConnectionPtr, LinkFailure>> connect(const Question& question) {
    auto& trace = question.trace;
    trace.phase = Phase::Connect;
    const auto begin = std::chrono::steady_clock::now();
    const auto limit =
        question.deadline.sooner_of(Deadline::after(settings_.connect_timeout, begin));
    const auto resolved = co_await resolver_.resolve(limit);
    if (!resolved)
      co_return LinkFailure{Kind::ConnectTimeout, "its name was not resolved in time"};
    LinkFailure failure{Kind::Unresolved, resolved->why};
    for (std::size_t i = 0; i < resolved->endpoints.size(); ++i) {
      if (closed_)
        co_return LinkFailure{Kind::ShuttingDown, "the gateway is shutting down"};
      if (question.cancelled())
        co_return Question::unwanted();
      // An address that swallows packets must leave time for the others.
      const auto share = limit.left() / static_cast<int>(resolved->endpoints.size() - i);
      auto tried = co_await connect_to(resolved->endpoints[i], limit,
                                       limit.sooner_of(Deadline::after(share)), question);
      trace.connect_us = microseconds_since(begin);
      if (tried)
        co_return std::move(*tried);
      failure = std::move(tried).error();
      if (trace.phase != Phase::Connect)
        break;  // the site was reached: no other address
    }
    if (closed_)
      failure.kind = Kind::ShuttingDown;
    co_return failure;
  }

  Awaitable<boost::system::result<ConnectionPtr, LinkFailure>> connect_to(
      const tcp::endpoint& endpoint, Deadline limit, Deadline tcp_limit, const Question& question) {
    boost::system::error_code error;
    Socket socket(io_.executor);
    socket.open(endpoint.protocol(), error);
    if (error)
      co_return LinkFailure{Kind::NoResources, error.message()};
    auto connection = std::make_unique<Connection>(io_, std::move(socket),
                                                   TlsEngine::client(context_, settings_.tls_name));
    auto& stream = connection->stream;
    const Busy busy(*this, stream, question.cancellation);
    stream.set_limit(tcp_limit.at);
    if (const auto failed = co_await stream.connect(endpoint); failed)
      co_return failed == asio::error::operation_aborted
          ? LinkFailure{closed_ ? Kind::ShuttingDown : Kind::ConnectTimeout, "connecting"}
          : LinkFailure{Kind::Refused, failed.message()};
    if (question.cancelled())
      co_return Question::unwanted();
    question.trace.phase = Phase::TlsHandshake;
    stream.set_limit(limit.at);
    const auto end = co_await stream.handshake();
    if (end == StreamEnd::Ok)
      co_return connection;
    if (end == StreamEnd::Late)
      co_return LinkFailure{Kind::ConnectTimeout, "TLS handshake"};
    // A site that takes nobody in (its limit is reached, nothing stands behind its balancer) closes
    // before it says a word: there was no answer that could be cut.
    if (end == StreamEnd::Cut)
      co_return LinkFailure{Kind::Refused, "it closed the connection in the TLS handshake"};
    co_return link_failure(end, stream, "in the TLS handshake");
  }

  Awaitable<Http1Attempt> ask(Connection& connection, const Question& question) {
    const Busy busy(*this, connection.stream, question.cancellation);
    co_return co_await http1_exchange(connection.stream, question.request, question.deadline,
                                      limits_, question.trace);
  }

  WorkerIo& io_;
  const RemoteSiteSettings& settings_;
  const LimitSettings& limits_;
  ssl_ctx_st* context_;
  NameResolver resolver_;
  std::deque<ConnectionPtr> idle_;  // the least recently used in front
  std::vector<Stream*> busy_;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Link> make_http1_link(WorkerIo& io, const RemoteSiteSettings& settings,
                                      const LimitSettings& limits, ssl_ctx_st* context) {
  return std::make_unique<Http1Link>(io, settings, limits, context);
}

}  // namespace sitegate
