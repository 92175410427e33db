#include "gateway/http2_conversation.hpp"

#include <boost/asio/co_spawn.hpp>

#include "gateway/handle_request.hpp"
#include "gateway/http2_body.hpp"
#include "gateway/reply_head.hpp"
#include "routing/transport/head_limits.hpp"

namespace sitegate {
namespace {

// What peers say of the viewers for whom they ask is said once; callers have nothing of that kind.
constexpr std::uint32_t kTableOfPeers = 64 * 1024;
constexpr std::uint32_t kTableOfCallers = 4096;

Http2Limits http2_limits(const LimitSettings& limits, ListenerKind listener) {
  return {.streams = static_cast<std::uint32_t>(limits.http2_streams),
          .control_frames = limits.http2_control_frames,
          .head = head_limits(limits),
          .table = listener == ListenerKind::Peers ? kTableOfPeers : kTableOfCallers};
}

SteadyTime after(Milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

}  // namespace

/// A request and its reply. The limit, once there is a reply, is for a caller who takes none of it.
struct Http2Conversation::Exchange final : Sweepable {
  Exchange(Http2Conversation& owner, StreamId id)
      : conversation(owner),
        stream(id),
        body(owner.side_.io, owner.channel_, id, owner.side_.limits().body_time) {
    owner.side_.io.sweep.add(*this);
  }

  void on_late() noexcept override {
    auto& channel = conversation.channel_;
    if (!channel.session().waits_for_window(stream))  // others are in front of it, or all stalls
      return set_limit(after(conversation.side_.limits().write));
    channel.session().reset(stream, Http2Error::Cancel);
    channel.flush_soon();
  }

  Http2Conversation& conversation;
  const StreamId stream;
  ApiRequest request;
  RequestContext context;
  Http2Body body;
  SentReply sent;
  bool replied = false;
  bool gone = false;  // its stream has ended
};

Http2Conversation::Http2Conversation(const CallerSide& side)
    : side_(side),
      channel_(side.io, side.stream, Http2Session::Role::Server,
               http2_limits(side.limits(), side.entrance.listener), side.limits().write, *this),
      handlers_ended_(side.io) {}

Awaitable<bool> Http2Conversation::run() {
  rest();
  const auto end = co_await channel_.run();
  for (auto& [stream, exchange] : exchanges_) {
    exchange->gone = true;
    exchange->body.lose();
    if (exchange->replied)
      ended_.push_back(exchange);
  }
  exchanges_.clear();
  on_flushed(false);
  while (running_ > 0) co_await handlers_ended_.wait();
  if (end != StreamEnd::Late || channel_.session().is_over())
    co_return false;
  // Which requests were looked at, for those that crossed our end.
  std::string last_words;
  channel_.session().go_away();
  channel_.session().take_output(last_words, 1024);
  side_.stream.write(last_words);
  co_return false;
}

void Http2Conversation::finish() noexcept {
  finishing_ = true;
  leave();
  if (exchanges_.empty())
    rest();
}

/// Asks the caller to turn to another connection, as `Connection: close` does in HTTP/1.1.
void Http2Conversation::leave() noexcept {
  if (std::exchange(leaving_, true))
    return;
  channel_.session().announce_end();
  channel_.session().ping();  // what crossed the announcement has come when this is answered
  channel_.flush_soon();
}

void Http2Conversation::on_pong() {
  if (leaving_)
    channel_.session().go_away();
}

/// Nothing is asked: for how long that may stay so.
void Http2Conversation::rest() noexcept {
  const auto usual = side_.limits().idle;
  const bool last_chance = finishing_ || side_.entrance.turned_away();
  channel_.set_limit(after(last_chance ? std::min(kLastChance, usual) : usual));
}

Http2Conversation::Exchange* Http2Conversation::find(StreamId stream) noexcept {
  const auto found = exchanges_.find(stream);
  return found == exchanges_.end() ? nullptr : found->second.get();
}

/// The head as HTTP/1.1 would have brought it.
Result<RequestHead> Http2Conversation::request_head(Http2Head& head, bool ends) const {
  if (head.fault)
    return head.fault->to_error();
  const auto& hosts = head.fields;
  if (!head.authority.empty() && hosts.count("host") == 0)
    head.fields.add("host", head.authority);
  else if (!head.authority.empty() && !equals_ignoring_case(hosts.first("host"), head.authority))
    return make_error(ErrorCode::BadRequest, {"Host is not what :authority is"});
  SITEGATE_TRY(auto made,
               make_request_head(std::move(head.method), head.path, std::move(head.fields), 1));
  if (made.framing.kind == BodyFraming::Kind::None && !ends)  // a stream needs no length
    made.framing = {BodyFraming::Kind::UntilClose, 0};
  return made;
}

void Http2Conversation::on_head(StreamId stream, Http2Head head, bool ends) {
  // A request whose stream was reset runs on for a while: it counts.
  if (running_ >= side_.limits().http2_streams)
    return channel_.session().reset(stream, Http2Error::RefusedStream);
  channel_.set_limit(SteadyTime::max());
  const auto exchange = std::make_shared<Exchange>(*this, stream);
  exchanges_.emplace(stream, exchange);
  if (side_.entrance.turned_away()) {
    RequestHead known;
    known.fields = std::move(head.fields);
    exchange->request = side_.make_request(known);
    refuse(exchange, *side_.entrance.place->refusal());
    return channel_.session().go_away();
  }
  auto made = request_head(head, ends);
  if (!made) {
    RequestHead nothing;
    nothing.fields = std::move(head.fields);
    exchange->request = side_.make_request(nothing);
    return refuse(exchange, made.error());
  }
  exchange->body.announce(*made);
  exchange->request = side_.make_request(*made);
  begin(exchange);
}

void Http2Conversation::refuse(const ExchangePtr& exchange, const Error& error) {
  send(*exchange, refuse_request(error, exchange->request, exchange->context, side_.services));
}

void Http2Conversation::begin(const ExchangePtr& exchange) {
  const auto on_end = [this, exchange](const std::exception_ptr& thrown) {
    if (--running_ == 0)
      handlers_ended_.wake();
    if (!thrown)
      return;
    channel_.session().reset(exchange->stream, Http2Error::InternalError);
    channel_.flush_soon();
    std::rethrow_exception(thrown);  // to the worker, which says so
  };
  asio::co_spawn(side_.io.executor, serve(exchange), on_end);
  ++running_;
}

Awaitable<> Http2Conversation::serve(ExchangePtr exchange) {
  auto& e = *exchange;
  auto reply = co_await handle_request(e.request, e.body, e.context, side_.services);
  if (!e.gone) {
    send(e, std::move(reply));
    co_return;
  }
  e.sent.status = reply.status;
  finish_request(e.request, e.context, e.sent, side_.logs);
}

void Http2Conversation::send(Exchange& exchange, ApiReply reply) {
  std::vector<Http2Field> fields;
  fields.reserve(reply.fields.size() + 3);
  fields.emplace_back("date", http_date());
  if (!reply.content_type.empty())
    fields.emplace_back("content-type", reply.content_type);
  const auto length = std::to_string(reply.body.size());
  if (has_length(reply.status))
    fields.emplace_back("content-length", length);
  for (auto& [name, value] : reply.fields) {
    std::erase_if(value, is_line_end);
    fields.emplace_back(name, value);
  }
  if (exchange.request.method == Method::Head)
    reply.body.clear();
  exchange.replied = true;
  exchange.sent.status = reply.status;
  exchange.set_limit(after(side_.limits().write));
  exchange.body.drop();
  if (!channel_.session().submit_reply(exchange.stream, reply.status, fields,
                                       std::move(reply.body)))
    channel_.session().reset(exchange.stream, Http2Error::InternalError);
  if (!side_.services.ready.load(std::memory_order_relaxed))
    leave();
  channel_.flush_soon();
}

void Http2Conversation::on_content(StreamId stream, std::string_view octets) {
  auto* exchange = find(stream);
  if (exchange == nullptr || exchange->replied)
    return channel_.session().consume(stream, octets.size());
  exchange->body.add(octets);
}

void Http2Conversation::on_message_end(StreamId stream) {
  if (auto* exchange = find(stream))
    exchange->body.end();
}

void Http2Conversation::on_sent(StreamId stream, std::size_t octets, bool ends) {
  auto* exchange = find(stream);
  if (exchange == nullptr || !exchange->replied)
    return;
  exchange->sent.bytes += octets;
  exchange->sent.complete = ends;
  exchange->set_limit(after(side_.limits().write));
  // Nobody will read what is left of the request (RFC 9113 8.1).
  if (ends && !exchange->body.is_whole())
    channel_.session().reset(stream, Http2Error::NoError);
}

void Http2Conversation::on_stream_end(StreamId stream, Http2Error) {
  const auto found = exchanges_.find(stream);
  if (found == exchanges_.end())
    return;
  const auto exchange = std::move(found->second);
  exchanges_.erase(found);
  exchange->gone = true;
  exchange->clear_limit();
  exchange->body.drop();
  exchange->body.lose();
  if (exchange->replied)
    ended_.push_back(exchange);
  if (exchanges_.empty())
    rest();
}

void Http2Conversation::on_flushed(bool taken) {
  for (const auto& exchange : std::exchange(ended_, {})) {
    exchange->sent.complete = exchange->sent.complete && taken;
    finish_request(exchange->request, exchange->context, exchange->sent, side_.logs);
  }
}

}  // namespace sitegate
