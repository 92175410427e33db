#include "gateway/caller_connection.hpp"

#include "gateway/finish_request.hpp"
#include "gateway/handle_request.hpp"
#include "gateway/reply_head.hpp"

namespace sitegate {
namespace {

// A body nobody asked for is read off up to here, so that the connection can go on.
constexpr std::size_t kMaxDiscarded = 64 * 1024;
constexpr Milliseconds kLingerTime{2000};
constexpr std::size_t kMaxLingered = 1024 * 1024;
// A connection that has nothing to say keeps no buffer of more than this.
constexpr std::size_t kKeptBuffer = 4096;

Error error_of(StreamEnd end, std::string_view what) {
  if (end == StreamEnd::Late)
    return make_error(ErrorCode::RequestTimeout, {std::string(what)});
  return make_error(ErrorCode::BadRequest, {"the connection ended within the body"});
}

}  // namespace

/// The body of the running request, read only when it is wanted.
class CallerConnection::Body final : public BodySource {
 public:
  Body(CallerConnection& connection, const RequestHead& head)
      : connection_(connection),
        framing_(head.framing),
        decoder_(head.framing, connection.limits().chunk_extensions),
        continue_is_due_(head.expects_continue) {}

  Async<std::string> read_all(std::size_t limit) override {
    connection_.limit_to(connection_.limits().body_time);
    std::string content;
    for (;;) {
      const auto step = decoder_.decode(connection_.in_, content, limit);
      connection_.in_.erase(0, step.consumed);
      if (step.fault)
        co_return fail(step.fault->to_error());
      if (decoder_.done())
        co_return content;
      if (continue_is_due_) {  // RFC 9110 10.1.1: only now, when all checks before have passed
        continue_is_due_ = false;
        connection_.stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
        const auto sent = co_await connection_.stream_.flush();
        if (sent != StreamEnd::Ok)
          co_return fail(error_of(sent, "sending 100 Continue"));
      }
      const auto end = co_await connection_.stream_.read(connection_.in_);
      if (end != StreamEnd::Ok)
        co_return fail(error_of(end, "its body took too long"));
    }
  }

  /// Nothing of it is outstanding, or so little that it is read off after the reply.
  bool can_go_on() const noexcept {
    if (decoder_.done())
      return true;
    return !broken_ && !continue_is_due_ && framing_.kind == BodyFraming::Kind::Length &&
           framing_.length <= kMaxDiscarded;
  }

  /// Reads off what is left; false: the connection cannot go on.
  Awaitable<bool> discard() {
    if (decoder_.done())
      co_return true;
    const auto discarded = co_await read_all(kMaxDiscarded);
    co_return discarded.has_value();
  }

 private:
  Error fail(Error error) {
    broken_ = true;
    return error;
  }

  CallerConnection& connection_;
  BodyFraming framing_;
  BodyDecoder decoder_;
  bool continue_is_due_;
  bool broken_ = false;
};

CallerConnection::CallerConnection(WorkerIo& io, Services& services, Logs& logs,
                                   ListenerKind listener, Socket socket,
                                   std::optional<TlsEngine> engine, std::string peer_address)
    : services_(services),
      logs_(logs),
      listener_(listener),
      peer_address_(std::move(peer_address)),
      stream_(io, std::move(socket), std::move(engine)) {}

void CallerConnection::finish() noexcept {
  finishing_ = true;
  if (resting_)
    stream_.interrupt();
}

Awaitable<> CallerConnection::serve(std::shared_ptr<CallerConnection> self) {
  self->limit_to(self->limits().handshake);
  if (co_await self->stream_.handshake() == StreamEnd::Ok) {
    if (const auto* tls = self->stream_.tls(); tls && self->listener_ == ListenerKind::Peers)
      self->client_certificate_ = tls->peer_certificate();
    co_await self->serve_requests();
  } else if (const auto failure = self->stream_.tls_failure()) {
    // Anybody can make these without an end: they must not push out what else is to be said.
    self->logs_.process_rarely(LogLevel::Info, "TLS handshake",
                               "TLS handshake with " + self->peer_address_ +
                                   " failed: " + printable(failure->detail, 256));
  }
  co_await self->stream_.linger(kLingerTime, kMaxLingered);
}

Awaitable<> CallerConnection::serve_requests() {
  for (;;) {
    auto head = co_await next_head();
    if (!head || !co_await serve_request(std::move(*head)))
      co_return;
  }
}

/// The next whole head, cut out of `in_`; nullopt = there will be none (and what had to be said
/// about it has been said).
Awaitable<std::optional<std::string>> CallerConnection::next_head() {
  const HeadLimits head_limits{.line = limits().request_line,
                               .field = limits().field,
                               .head = limits().head,
                               .fields = limits().head_fields};
  HeadScanner scanner;
  // One empty line in front of a request is no mistake (RFC 9112 2.2).
  bool may_skip_line = true;
  bool timing_head = false;
  for (;;) {
    if (may_skip_line && in_.size() >= 2) {
      if (in_.starts_with("\r\n"))
        in_.erase(0, 2);
      may_skip_line = false;
    }
    const bool maybe_blank = may_skip_line && in_ == "\r";
    const auto found = maybe_blank ? HeadScanner::Outcome{} : scanner.scan(in_, head_limits);
    if (found.fault) {
      co_await refuse(found.fault->to_error());
      co_return std::nullopt;
    }
    if (found.size > 0) {
      auto head = in_.substr(0, found.size);
      in_.erase(0, found.size);
      co_return head;
    }
    resting_ = in_.empty();
    if (resting_ && in_.capacity() > kKeptBuffer)
      std::string().swap(in_);
    if (resting_ && finishing_)
      co_return std::nullopt;
    if (resting_)
      limit_to(limits().idle);
    else if (!timing_head)
      limit_to(limits().head_time);
    timing_head = !resting_;
    const auto end = co_await stream_.read(in_);
    resting_ = false;
    if (end == StreamEnd::Late && !in_.empty()) {
      const auto late = make_error(ErrorCode::RequestTimeout, {"its head took too long"});
      co_await refuse(late);
    }
    if (end != StreamEnd::Ok)
      co_return std::nullopt;
  }
}

/// Says why this is no request; nothing that follows is one either.
Awaitable<> CallerConnection::refuse(const Error& error) {
  ApiRequest nothing;
  nothing.listener = listener_;
  nothing.peer_address = peer_address_;
  RequestContext context;
  const auto reply = refuse_request(error, context, services_);
  const HeadOptions options{.keep_alive = false};
  const auto sent = co_await send(reply, true, options);
  finish_request(nothing, context, sent, logs_);
}

ApiRequest CallerConnection::make_request(RequestHead& head) const {
  ApiRequest request;
  request.method = method_from(head.method);
  request.method_name = std::move(head.method);
  request.path = std::move(head.path);
  request.query = std::move(head.query);
  request.fields = std::move(head.fields);
  request.has_body = head.framing.kind != BodyFraming::Kind::None;
  request.http_minor = head.minor;
  request.listener = listener_;
  request.peer_address = peer_address_;
  request.client_certificate = client_certificate_ ? &*client_certificate_ : nullptr;
  return request;
}

/// True when the connection goes on.
Awaitable<bool> CallerConnection::serve_request(std::string text) {
  auto head = parse_request_head(text);
  if (!head) {
    co_await refuse(head.error());
    co_return false;
  }
  const auto request = make_request(*head);
  Body body(*this, *head);
  RequestContext context;
  // Steps have limits of their own; the stream's would end an answer that is still being made.
  stream_.clear_limit();
  const auto reply = co_await handle_request(request, body, context, services_);
  // A body where none belongs is refused with the connection (CONTRACT 0.1 "Body on GET").
  const bool unwelcome_body =
      request.has_body && request.method != Method::Put && request.method != Method::Post;
  const HeadOptions options{
      .keep_alive = head->keep_alive && !unwelcome_body && body.can_go_on() && !finishing_,
      .http_minor = head->minor};
  const auto sent = co_await send(reply, request.method != Method::Head, options);
  finish_request(request, context, sent, logs_);
  if (!options.keep_alive || !sent.complete)
    co_return false;
  co_return co_await body.discard();
}

Awaitable<SentReply> CallerConnection::send(const ApiReply& reply, bool with_body,
                                            HeadOptions options) {
  const auto before = stream_.octets_sent();
  stream_.revive();  // what came too late still gets its answer
  limit_to(limits().write);
  auto text = reply_head(reply, options);
  if (with_body)
    text += reply.body;
  stream_.write(text);
  const auto end = co_await stream_.flush(limits().write);
  co_return SentReply{reply.status, stream_.octets_sent() - before, end == StreamEnd::Ok};
}

}  // namespace sitegate
