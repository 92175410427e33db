#include "routing/remote/http1_link.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

#include "contract/handoff.hpp"
#include "routing/transport/http_head.hpp"
#include "routing/transport/stream.hpp"

namespace sitegate {
namespace {

using Kind = LinkFailure::Kind;
using asio::ip::tcp;
using Resolver = asio::ip::basic_resolver<tcp, WorkerExecutor>;

constexpr int kMaxInterimAnswers = 8;     // 1xx before the answer (CHECKLIST 54)
constexpr std::size_t kMaxIdle = 64;      // kept connections per worker and site
constexpr std::size_t kMaxAddresses = 4;  // tried of one name

struct Connection {
  Connection(WorkerIo& io, Socket socket, TlsEngine engine)
      : stream(io, std::move(socket), std::move(engine)) {}

  Stream stream;
  SteadyTime idle_since{};
};
using ConnectionPtr = std::unique_ptr<Connection>;

/// An outcome of one try. `untouched`: no octet of an answer had come.
struct Attempt {
  LinkOutcome outcome;
  bool untouched = false;
};

std::string request_text(const SiteRequest& request) {
  std::string text = "GET " + request.target + " HTTP/1.1\r\nHost: " + request.host + "\r\n";
  for (const auto& [name, value] : request.fields)
    text.append(name).append(": ").append(value).append("\r\n");
  return text += "\r\n";
}

class Http1Link final : public Link, private Sweepable {
 public:
  Http1Link(WorkerIo& io, const RemoteSiteSettings& settings, const LimitSettings& limits,
            ssl_ctx_st* context)
      : io_(io), settings_(settings), limits_(limits), context_(context) {
    io_.sweep.add(*this);
  }

  Awaitable<LinkOutcome> exchange(const SiteRequest& request, Deadline deadline,
                                  LookupTrace& trace) override {
    auto connection = take_idle();
    if (connection) {
      auto first = co_await ask(*connection, request, deadline, trace);
      const bool retry = !first.outcome && first.untouched &&
                         first.outcome.error().kind == Kind::Cut && !deadline.passed();
      if (!retry)
        co_return finish(std::move(connection), std::move(first.outcome));
      connection.reset();  // it had died at rest: once more, on a fresh one
    }
    auto connected = co_await connect(deadline, trace);
    if (!connected)
      co_return std::move(connected).error();
    connection = std::move(*connected);
    auto attempt = co_await ask(*connection, request, deadline, trace);
    co_return finish(std::move(connection), std::move(attempt.outcome));
  }

  void close() noexcept override {
    closed_ = true;
    idle_.clear();
    for (auto* stream : busy_) stream->stop();
  }

 private:
  /// Marks a stream as in use, so that close() reaches it.
  class Busy {
   public:
    Busy(Http1Link& link, Stream& stream) : link_(link), stream_(stream) {
      link_.busy_.push_back(&stream_);
    }
    ~Busy() { std::erase(link_.busy_, &stream_); }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

   private:
    Http1Link& link_;
    Stream& stream_;
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

  /// Keeps the connection for the next exchange, unless this one closed it.
  LinkOutcome finish(ConnectionPtr connection, LinkOutcome outcome) {
    if (outcome && connection->stream.socket().is_open() && !closed_) {
      connection->stream.clear_limit();
      connection->idle_since = std::chrono::steady_clock::now();
      while (!idle_.empty() &&
             (idle_.size() >= kMaxIdle || !idle_.front()->stream.socket().is_open()))
        idle_.pop_front();
      idle_.push_back(std::move(connection));
      arm();
    }
    return outcome;
  }

  Awaitable<boost::system::result<std::vector<tcp::endpoint>, LinkFailure>> resolve(
      Deadline deadline) {
    boost::system::error_code error;
    const auto literal = asio::ip::make_address(settings_.host, error);
    if (!error)
      co_return std::vector<tcp::endpoint>{{literal, settings_.port}};
    // The look-up itself cannot be cancelled: it runs on Asio's resolver thread, and a late
    // outcome finds nobody waiting.
    using Answer = std::pair<boost::system::error_code, std::vector<tcp::endpoint>>;
    auto handoff = std::make_shared<Handoff<Answer>>(io_.executor);
    auto resolver = std::make_shared<Resolver>(io_.executor);
    auto on_resolved = [handoff, resolver](const boost::system::error_code& failed,
                                           const Resolver::results_type& results) {
      std::vector<tcp::endpoint> endpoints;
      for (const auto& entry : results)
        if (endpoints.size() < kMaxAddresses)
          endpoints.push_back(entry.endpoint());
      handoff->complete({failed, std::move(endpoints)});
    };
    resolver->async_resolve(settings_.host, std::to_string(settings_.port), std::move(on_resolved));
    auto answer = co_await handoff->wait(deadline);
    if (!answer)
      co_return LinkFailure{Kind::ConnectTimeout, "its name was not resolved in time"};
    if (answer->first || answer->second.empty())
      co_return LinkFailure{Kind::Unresolved, settings_.host + ": " + answer->first.message()};
    co_return std::move(answer->second);
  }

  /// A new connection, its TLS finished and the site's identity verified.
  Awaitable<boost::system::result<ConnectionPtr, LinkFailure>> connect(Deadline deadline,
                                                                       LookupTrace& trace) {
    trace.phase = Phase::Connect;
    const auto begin = std::chrono::steady_clock::now();
    const auto limit = deadline.sooner_of(Deadline::after(settings_.connect_timeout, begin));
    auto endpoints = co_await resolve(limit);
    if (!endpoints)
      co_return std::move(endpoints).error();
    LinkFailure failure{Kind::Refused, "no address"};
    for (const auto& endpoint : *endpoints) {
      if (closed_)
        co_return LinkFailure{Kind::ShuttingDown, "the gateway is shutting down"};
      auto tried = co_await connect_to(endpoint, limit, trace);
      trace.connect_us = microseconds_since(begin);
      if (tried)
        co_return std::move(*tried);
      failure = std::move(tried).error();
      if (failure.kind != Kind::Refused)
        break;  // the site was reached: no other address
    }
    co_return failure;
  }

  Awaitable<boost::system::result<ConnectionPtr, LinkFailure>> connect_to(
      const tcp::endpoint& endpoint, Deadline limit, LookupTrace& trace) {
    boost::system::error_code error;
    Socket socket(io_.executor);
    socket.open(endpoint.protocol(), error);
    if (error)
      co_return LinkFailure{Kind::Refused, error.message()};
    auto connection = std::make_unique<Connection>(io_, std::move(socket),
                                                   TlsEngine::client(context_, settings_.tls_name));
    auto& stream = connection->stream;
    const Busy busy(*this, stream);
    stream.set_limit(limit.at);
    if (const auto failed = co_await stream.connect(endpoint); failed)
      co_return failed == asio::error::operation_aborted
          ? LinkFailure{closed_ ? Kind::ShuttingDown : Kind::ConnectTimeout, "connecting"}
          : LinkFailure{Kind::Refused, failed.message()};
    trace.phase = Phase::TlsHandshake;
    const auto end = co_await stream.handshake();
    if (end == StreamEnd::Ok)
      co_return connection;
    if (end == StreamEnd::Late)
      co_return LinkFailure{Kind::ConnectTimeout, "TLS handshake"};
    co_return failure_of(end, stream, "in the TLS handshake");
  }

  LinkFailure failure_of(StreamEnd end, const Stream& stream, std::string_view when) const {
    const std::string detail(when);
    switch (end) {
      case StreamEnd::Late:
        return {Kind::Late, "its time was over " + detail};
      case StreamEnd::Stopped:
        return {Kind::ShuttingDown, detail};
      case StreamEnd::TlsFailed:
        break;
      default:
        return {Kind::Cut, "it ended the connection " + detail};
    }
    const auto failure = stream.tls_failure().value_or(TlsFailure{});
    if (failure.kind == TlsFailure::Kind::PeerCertificate)
      return {Kind::ForeignIdentity, failure.detail};
    if (failure.certificate_alert)
      return {Kind::IdentityRejected, failure.detail};
    return {Kind::TlsBroken, failure.detail};
  }

  Awaitable<Attempt> ask(Connection& connection, const SiteRequest& request, Deadline deadline,
                         LookupTrace& trace) {
    auto& stream = connection.stream;
    const Busy busy(*this, stream);
    stream.set_limit(deadline.at);
    trace.phase = Phase::Send;
    stream.write(request_text(request));
    // A site may refuse us (TLS 1.3: its alert comes now) while we still send: read in any case.
    const auto sent = co_await stream.flush();
    if (sent == StreamEnd::Late || sent == StreamEnd::Stopped)
      co_return Attempt{failure_of(sent, stream, "while the question was sent"), false};
    trace.phase = Phase::FirstByte;
    co_return co_await read_answer(stream, trace);
  }

  Awaitable<Attempt> read_answer(Stream& stream, LookupTrace& trace) {
    const HeadLimits head_limits{limits_.request_line, limits_.head, limits_.head_fields};
    const auto asked = std::chrono::steady_clock::now();
    std::string in;
    HeadScanner scanner;
    for (int interim = 0;;) {
      const auto found = scanner.scan(in, head_limits);
      if (found.fault)
        co_return fault(stream, *found.fault);
      if (found.size == 0) {
        const bool untouched = in.empty() && interim == 0;
        const auto end = co_await stream.read(in);
        if (end != StreamEnd::Ok)
          co_return Attempt{failure_of(end, stream, "before its answer's head was whole"),
                            untouched};
        if (!trace.first_byte_us)
          trace.first_byte_us = microseconds_since(asked);
        trace.phase = Phase::Answer;
        continue;
      }
      HttpFault why;
      auto head = parse_answer_head(std::string_view(in).substr(0, found.size), why);
      if (!head)
        co_return fault(stream, why);
      in.erase(0, found.size);
      if (head->status / 100 != 1)
        co_return co_await read_body(stream, std::move(*head), in, trace);
      if (head->status == 101 || ++interim > kMaxInterimAnswers)
        co_return fault(stream, {ErrorCode::BadRequest, "too many or unasked interim answers"});
      scanner.reset();
    }
  }

  Awaitable<Attempt> read_body(Stream& stream, AnswerHead head, std::string& in,
                               LookupTrace& trace) {
    trace.received_status = head.status;
    SiteAnswer answer{head.status, std::move(head.fields), {}};
    BodyDecoder decoder(head.framing, limits_.chunk_extensions);
    for (;;) {
      const auto step = decoder.decode(in, answer.body, limits_.answer_body);
      if (step.fault)
        co_return fault(stream, *step.fault);
      in.erase(0, step.consumed);
      if (decoder.done())
        break;
      const auto end = co_await stream.read(in);
      if (end == StreamEnd::Closed && decoder.until_close())
        break;
      if (end != StreamEnd::Ok)
        co_return Attempt{failure_of(end, stream, "before its answer was whole"), false};
    }
    // Octets behind an answer would be read as the next one's: that connection ends here.
    if (!head.keep_alive || !in.empty())
      stream.close();
    co_return Attempt{std::move(answer), false};
  }

  Attempt fault(Stream& stream, const HttpFault& fault) {
    stream.close();
    const auto kind = fault.code == ErrorCode::BadRequest ? Kind::Malformed : Kind::TooLarge;
    return {LinkFailure{kind, fault.what}, false};
  }

  WorkerIo& io_;
  const RemoteSiteSettings& settings_;
  const LimitSettings& limits_;
  ssl_ctx_st* context_;
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
