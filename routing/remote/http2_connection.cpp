#include "routing/remote/http2_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "routing/transport/head_limits.hpp"

namespace sitegate {
namespace {

using Kind = LinkFailure::Kind;

// An answer is taken in at once, up to its bound: windows need only be no brake on a long way.
constexpr std::uint32_t kStreamWindow = 1024 * 1024;
constexpr std::uint32_t kWindow = 8 * 1024 * 1024;
// Room for the statements of some fifty viewers.
constexpr std::uint32_t kTable = 64 * 1024;
// A site that refuses a question gets no more on that connection for so long.
constexpr Milliseconds kFull{500};
// A site that owes answers and is silent for so long is asked whether it is still there.
constexpr Milliseconds kSilence{1000};

Http2Limits http2_limits(const LimitSettings& limits) {
  return {.streams = static_cast<std::uint32_t>(limits.http2_streams),
          .stream_window = kStreamWindow,
          .window = kWindow,
          .control_frames = limits.http2_control_frames,
          .head = head_limits(limits),
          .table = kTable};
}

}  // namespace

struct Http2Connection::Exchange {
  Exchange(WorkerIo& io, LookupTrace& traced, std::size_t most)
      : waiting(io), trace(traced), max_body(most), asked(std::chrono::steady_clock::now()) {}

  Waiting waiting;
  LookupTrace& trace;
  std::size_t max_body;
  SteadyTime asked;
  SiteAnswer answer;
  std::optional<LinkAttempt> attempt;  // how it ended
  bool untouched = true;
  bool asked_whole = false;
};

/// While it lives, the exchange is told what comes of its stream.
class Http2Connection::Listed {
 public:
  Listed(Http2Connection& connection, Http2Session::StreamId stream, Exchange& exchange)
      : connection_(connection), stream_(stream) {
    if (connection.exchanges_.empty())
      connection.busy_since_ = exchange.asked;
    connection.exchanges_.emplace(stream, &exchange);
  }
  ~Listed() {
    connection_.exchanges_.erase(stream_);
    if (connection_.exchanges_.empty())
      connection_.rests_since_ = std::chrono::steady_clock::now();
  }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  Http2Connection& connection_;
  Http2Session::StreamId stream_;
};

Http2ConnectionPtr Http2Connection::start(WorkerIo& io, LinkConnectionPtr connection,
                                          const LimitSettings& limits, Milliseconds patience) {
  auto self = std::make_shared<Http2Connection>(io, std::move(connection), limits, patience);
  const auto on_end = [self](const std::exception_ptr& thrown) {
    self->over_ = true;
    if (thrown)
      std::rethrow_exception(thrown);  // to the worker, which says so
  };
  asio::co_spawn(io.executor, self->run(), on_end);
  return self;
}

Http2Connection::Http2Connection(WorkerIo& io, LinkConnectionPtr connection,
                                 const LimitSettings& limits, Milliseconds patience)
    : io_(io),
      connection_(std::move(connection)),
      limits_(limits),
      patience_(patience),
      channel_(io, connection_->stream, Http2Session::Role::Client, http2_limits(limits), patience,
               *this),
      settled_(io),
      rests_since_(std::chrono::steady_clock::now()) {}

Awaitable<std::optional<LinkFailure>> Http2Connection::ready(Deadline deadline) {
  const auto self = shared_from_this();
  settled_.set_limit(deadline.at);
  if (!co_await settled_.wait())
    co_return LinkFailure{Kind::Late, "its time was over before HTTP/2 was settled"};
  co_return end_;
}

Awaitable<> Http2Connection::run() {
  connection_->stream.clear_limit();
  const auto end = co_await channel_.run();
  over_ = true;
  auto failure = link_failure(end, connection_->stream, "before its answer was whole");
  if (end == StreamEnd::Late)
    failure = {Kind::Cut, "it takes nothing on this connection"};
  if (gone_)
    failure = {Kind::Cut, "it no longer answers on this connection"};
  else if (const auto& why = channel_.session().why_over(); !why.empty())
    failure = {Kind::Malformed, "HTTP/2: " + why};
  end_ = failure;
  for (auto& [stream, exchange] : exchanges_) {
    auto why = failure;
    if (exchange->untouched && why.kind == Kind::Malformed)  // it can be asked elsewhere
      why.kind = Kind::Cut;
    answered(*exchange, {std::move(why), exchange->untouched});
  }
  settled_.wake();
  connection_->stream.close();
}

Awaitable<LinkAttempt> Http2Connection::exchange(const SiteRequest& request, Deadline deadline,
                                                 LookupTrace& trace, Cancellation* cancellation) {
  const auto self = shared_from_this();
  trace.phase = Phase::Send;
  const auto stream = ask(request, deadline);
  if (stream == 0)
    co_return LinkAttempt{
        end_.value_or(LinkFailure{Kind::Cut, "the connection takes no questions"}), true};
  Exchange exchange(io_, trace, request.max_body > 0 ? request.max_body : limits_.answer_body);
  exchange.waiting.set_limit(deadline.at);
  const Cancellation::Scope scope(cancellation, exchange.waiting);
  const Listed listed(*this, stream, exchange);
  trace.phase = Phase::FirstByte;
  channel_.flush_soon();
  if (co_await exchange.waiting.wait())
    co_return std::move(*exchange.attempt);
  channel_.session().reset(stream, Http2Error::Cancel);
  channel_.flush_soon();
  if (channel_.heard() < exchange.asked && !is_cancelled(cancellation))
    doubt(std::chrono::steady_clock::now());
  co_return LinkAttempt{LinkFailure{Kind::Late, "its time was over before its answer was whole"},
                        exchange.untouched};
}

Http2Session::StreamId Http2Connection::ask(const SiteRequest& request, Deadline deadline) {
  std::vector<Http2Field> fields;
  fields.reserve(request.fields.size() + 6);
  fields.emplace_back(":method", request.method);
  fields.emplace_back(":scheme", "https");
  fields.emplace_back(":authority", request.host);
  fields.emplace_back(":path", request.target);
  for (const auto& [name, value] : request.fields) fields.emplace_back(name, value);
  const auto time_left = std::to_string(deadline.left().count());
  if (!request.time_left_field.empty())
    fields.emplace_back(request.time_left_field, time_left);
  const auto length = std::to_string(request.body.size());
  if (!request.body.empty())
    fields.emplace_back("content-length", length);
  return channel_.session().submit_request(fields, request.body);
}

std::size_t Http2Connection::room(SteadyTime now) const noexcept {
  if (over_ || doubted_since_ || now < full_until_ || now >= connection_->too_old ||
      !channel_.is_running())
    return 0;
  return channel_.session().room();
}

SteadyTime Http2Connection::lasts_until(Milliseconds idle) const noexcept {
  if (over_ || doubted_since_ || channel_.session().room() + exchanges_.size() == 0)
    return SteadyTime::min();
  return exchanges_.empty() ? std::min(connection_->too_old, rests_since_ + idle)
                            : connection_->too_old;
}

void Http2Connection::tidy(SteadyTime now, Milliseconds idle) {
  if (doubted_since_ && channel_.heard() > *doubted_since_)
    doubted_since_.reset();
  if (doubted_since_ && now - *doubted_since_ > patience_) {
    gone_ = true;
    channel_.finish();
  } else if (!exchanges_.empty()) {
    if (now - std::max(channel_.heard(), busy_since_) > kSilence)
      doubt(now);
  } else if (!is_settled_) {  // it has room for nothing yet, and is not to be parted with for that
    if (now - rests_since_ > patience_)
      channel_.finish();
  } else if (now >= std::min(connection_->too_old, rests_since_ + idle) ||
             channel_.session().room() == 0) {
    if (std::exchange(leaving_, true))  // and something keeps it from it
      return channel_.finish();
    channel_.session().go_away();
    channel_.flush_soon();  // which ends a session that is over
  }
}

/// Is it still there? Until it says so it gets no more questions.
void Http2Connection::doubt(SteadyTime now) {
  if (doubted_since_)
    return;
  doubted_since_ = now;
  channel_.session().ping();
  channel_.flush_soon();
}

void Http2Connection::answered(Exchange& exchange, LinkAttempt attempt) {
  if (exchange.attempt)
    return;
  exchange.attempt = std::move(attempt);
  exchange.waiting.wake();
}

Http2Connection::Exchange* Http2Connection::find(Http2Session::StreamId stream) noexcept {
  const auto found = exchanges_.find(stream);
  return found == exchanges_.end() || found->second->attempt ? nullptr : found->second;
}

void Http2Connection::on_head(Http2Session::StreamId stream, Http2Head head, bool) {
  auto* exchange = find(stream);
  if (exchange == nullptr)
    return;
  exchange->untouched = false;
  exchange->trace.first_byte_us = microseconds_since(exchange->asked);
  exchange->trace.phase = Phase::Answer;
  if (!head.fault && head.status < 200)
    head.fault = HttpFault{ErrorCode::BadRequest, "a status that ends nothing"};
  if (head.fault) {
    channel_.session().reset(stream, Http2Error::Cancel);
    return answered(*exchange, {LinkFailure{kind_of(head.fault->code), head.fault->what}, false});
  }
  exchange->trace.received_status = head.status;
  exchange->answer.status = head.status;
  exchange->answer.fields = std::move(head.fields);
}

void Http2Connection::on_sent(Http2Session::StreamId stream, std::size_t, bool ends) {
  if (auto* exchange = find(stream); exchange != nullptr && ends)
    exchange->asked_whole = true;
}

void Http2Connection::on_content(Http2Session::StreamId stream, std::string_view octets) {
  channel_.session().consume(stream, octets.size());
  auto* exchange = find(stream);
  if (exchange == nullptr)
    return;
  auto& body = exchange->answer.body;
  if (octets.size() <= exchange->max_body - body.size()) {
    body.append(octets);
    return;
  }
  channel_.session().reset(stream, Http2Error::Cancel);
  answered(*exchange, {LinkFailure{Kind::BodyTooLarge, std::to_string(exchange->max_body)}, false});
}

void Http2Connection::on_message_end(Http2Session::StreamId stream) {
  auto* exchange = find(stream);
  if (exchange == nullptr)
    return;
  if (!exchange->asked_whole)  // nobody reads the rest
    channel_.session().reset(stream, Http2Error::Cancel);
  answered(*exchange, {std::move(exchange->answer), false});
}

void Http2Connection::on_stream_end(Http2Session::StreamId stream, Http2Error error) {
  auto* exchange = find(stream);
  if (exchange == nullptr)
    return;
  if (error == Http2Error::RefusedStream) {  // RFC 9113 8.7: it was not looked at
    full_until_ = std::chrono::steady_clock::now() + kFull;
    return answered(*exchange, {LinkFailure{Kind::Cut, "it refused the stream"}, true});
  }
  const auto kind = error == Http2Error::ProtocolError ? Kind::Malformed : Kind::Cut;
  answered(*exchange, {LinkFailure{kind, "it ended the stream with the error " +
                                             std::to_string(static_cast<std::uint32_t>(error))},
                       false});
}

}  // namespace sitegate
