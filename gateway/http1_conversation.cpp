#include "gateway/http1_conversation.hpp"

#include <algorithm>

#include "gateway/handle_request.hpp"
#include "routing/transport/body_decoder.hpp"
#include "routing/transport/head_limits.hpp"
#include "routing/transport/readable_fields.hpp"

namespace sitegate {
namespace {

// A body nobody asked for is read off up to here, so that the connection can go on.
constexpr std::size_t kMaxDiscarded = 64 * 1024;
// Who asks again within so long is waited for by a coroutine. Its limit is far away for the sweep.
constexpr Milliseconds kAwake = 2 * Sweep::kRound;

Error error_of(StreamEnd end, std::string_view what) {
  if (end == StreamEnd::Late)
    return make_error(ErrorCode::RequestTimeout, {std::string(what)});
  return make_error(ErrorCode::BadRequest, {"the connection ended within the body"});
}

}  // namespace

/// The body of the running request, read only when it is wanted.
class Http1Conversation::Body final : public BodySource {
 public:
  Body(Http1Conversation& connection, const RequestHead& head)
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

  Http1Conversation& connection_;
  BodyFraming framing_;
  BodyDecoder decoder_;
  bool continue_is_due_;
  bool broken_ = false;
};

/// A time limit, cut for those with whom we are about to part.
Milliseconds Http1Conversation::patience(Milliseconds usual) const noexcept {
  const bool last_chance = side_.entrance.turned_away() || (finishing_ && !served_);
  return last_chance ? std::min(kLastChance, usual) : usual;
}

void Http1Conversation::finish() noexcept {
  finishing_ = true;
  if (waiting_ && served_)
    return stream_.interrupt();
  rests_until_ = std::min(rests_until_, std::chrono::steady_clock::now() + kLastChance);
  if (waiting_)
    stream_.set_limit(std::min(stream_.limit(), rests_until_));
}

/// A caller at rest waits here, and costs the memory of nothing further on the way; after a while
/// not even that of coroutines.
Awaitable<bool> Http1Conversation::run() {
  do {
    if (!has_begun()) {
      auto end = StreamEnd::Late;
      if (slept_ || begin_rest(kAwake))
        end = co_await stream_.read(in_);
      if (end == StreamEnd::Late && fall_asleep())
        co_return true;
      slept_ = false;
      if (end_rest(end) != StreamEnd::Ok)
        co_return false;
    }
    served_ = co_await serve_next();
  } while (served_);
  co_return false;
}

/// A request from its first octets to its answer; false: it was the last, or was none (and what had
/// to be said about it has been said).
Awaitable<bool> Http1Conversation::serve_next() {
  const auto bounds = head_limits(limits());
  HeadScanner scanner;
  waiting_ = false;
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
    const auto found = maybe_blank ? HeadScanner::Outcome{} : scanner.scan(in_, bounds);
    if (found.fault) {
      co_await refuse(found.fault->to_error(), in_);
      co_return false;
    }
    if (found.size > 0)
      co_return co_await serve_request(found.size);
    const bool begun = has_begun();
    if (begun && !timing_head)
      limit_to(patience(limits().head_time));
    auto end = StreamEnd::Late;
    if (begun || begin_rest())
      end = co_await stream_.read(in_);
    if (!begun)
      end = end_rest(end);
    timing_head = begun;
    if (end == StreamEnd::Late && !in_.empty()) {
      const auto late = make_error(ErrorCode::RequestTimeout, {"its head took too long"});
      co_await refuse(late, in_);
    }
    if (end != StreamEnd::Ok)
      co_return false;
  }
}

/// Something of a request came.
bool Http1Conversation::has_begun() const noexcept {
  return !in_.empty() || stream_.holds_part();
}

/// Before the first octets of a request are waited for; false: there is no time for that, they are
/// late unless they are there.
bool Http1Conversation::begin_rest(Milliseconds at_most) {
  std::string().swap(in_);
  waiting_ = !finishing_ || !served_;
  if (waiting_) {
    const auto now = std::chrono::steady_clock::now();
    const auto idle = patience(limits().idle);
    rests_until_ = now + idle;
    stream_.set_limit(now + std::min(idle, at_most));
  }
  return waiting_;
}

/// After kAwake in which nothing came. False: this rest is over, or goes on with a coroutine, for
/// what woke the sleeper was no request.
bool Http1Conversation::fall_asleep() {
  if (slept_ || !waiting_ || has_begun() || (finishing_ && served_) ||
      rests_until_ <= std::chrono::steady_clock::now())
    return false;
  slept_ = true;
  stream_.revive();
  stream_.set_limit(rests_until_);
  return true;
}

/// What has begun to come is lost to no limit and no end.
StreamEnd Http1Conversation::end_rest(StreamEnd end) {
  waiting_ = false;
  return end == StreamEnd::Late ? stream_.read_now(in_) : end;
}

/// Says why this is no request; nothing that follows is one either. `head`: what came of it.
Awaitable<> Http1Conversation::refuse(const Error& error, std::string_view head) {
  RequestHead known;
  known.fields = readable_fields(head);
  const auto nothing = side_.make_request(known);
  RequestContext context;
  auto reply = refuse_request(error, nothing, context, side_.services);
  const HeadOptions options{.keep_alive = false};
  const bool with_body = !head.starts_with("HEAD ");  // RFC 9110 9.3.2, whatever is wrong with it
  const auto sent = co_await send(std::move(reply), with_body, options);
  finish_request(nothing, context, sent, side_.logs);
}

/// The request whose head are the first `size` octets that came. True: the connection goes on.
Awaitable<bool> Http1Conversation::serve_request(std::size_t size) {
  const auto text = std::string_view(in_).substr(0, size);
  if (side_.entrance.turned_away()) {
    co_await refuse(*side_.entrance.place->refusal(), text);
    co_return false;
  }
  auto head = parse_request_head(text);
  if (!head) {
    co_await refuse(head.error(), text);
    co_return false;
  }
  in_.erase(0, size);
  const auto request = side_.make_request(*head);
  Body body(*this, *head);
  RequestContext context;
  // Steps have limits of their own; the stream's would end an answer that is still being made.
  stream_.clear_limit();
  auto reply = co_await handle_request(request, body, context, side_.services);
  // A body where none belongs is refused with the connection (CONTRACT 0.1 "Body on GET").
  const bool unwelcome_body =
      request.has_body && request.method != Method::Put && request.method != Method::Post;
  const bool going_on = side_.services.ready.load(std::memory_order_relaxed) && !finishing_;
  const HeadOptions options{
      .keep_alive = head->keep_alive && !unwelcome_body && body.can_go_on() && going_on,
      .http_minor = head->minor};
  const auto sent = co_await send(std::move(reply), request.method != Method::Head, options);
  finish_request(request, context, sent, side_.logs);
  if (!options.keep_alive || !sent.complete)
    co_return false;
  co_return co_await body.discard();
}

/// Whoever takes an answer slowly holds what is not sent yet, and no second copy of it.
Awaitable<SentReply> Http1Conversation::send(ApiReply reply, bool with_body, HeadOptions options) {
  const auto before = stream_.octets_sent();
  stream_.revive();  // what came too late still gets its answer
  limit_to(limits().write);
  auto text = reply_head(reply, options);
  if (with_body)
    text += std::exchange(reply.body, {});
  stream_.write(std::exchange(text, {}));
  const auto end = co_await stream_.flush(limits().write);
  co_return SentReply{reply.status, stream_.octets_sent() - before, end == StreamEnd::Ok};
}

}  // namespace sitegate
