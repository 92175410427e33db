#include "routing/transport/http2_callbacks.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sitegate {
namespace {

constexpr std::chrono::seconds kCountedTime{10};
constexpr std::size_t kMostRead = 4;  // times the limit of a head, which is then not answered

std::string_view view(const std::uint8_t* octets, std::size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}

bool ends_message(const nghttp2_frame& frame) {
  return (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

bool asks_for_nothing(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_RST_STREAM:
    case NGHTTP2_PRIORITY:
      return true;
    case NGHTTP2_SETTINGS:
    case NGHTTP2_PING:
      return (frame.hd.flags & NGHTTP2_FLAG_ACK) == 0;
    case NGHTTP2_DATA:
      return frame.hd.length == frame.data.padlen && !ends_message(frame);
    default:
      return false;
  }
}

}  // namespace

/// The functions themselves, which see the inside of a session.
struct Http2Session::Handlers {
  /// Nothing may be thrown through nghttp2.
  template <class F>
  static int guarded(F&& call) noexcept {
    try {
      call();
      return 0;
    } catch (...) {
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }

  static Http2Session& self(void* data) { return *static_cast<Http2Session*>(data); }

  static Stream* find(Http2Session& session, StreamId id) {
    const auto found = session.streams_.find(id);
    return found == session.streams_.end() ? nullptr : found->second.get();
  }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    auto& session = self(data);
    return guarded([&] {
      if (session.role_ == Role::Server && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        session.streams_.emplace(frame->hd.stream_id, std::make_unique<Stream>());
    });
  }

  template <bool Valid>
  static int on_field(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* data) {
    auto& session = self(data);
    bool worth_it = true;
    const int code = guarded([&] {
      if (auto* stream = find(session, frame->hd.stream_id))
        worth_it =
            session.read_field(*stream, view(name, name_size), view(value, value_size), Valid);
    });
    return worth_it ? code : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static void on_head(Http2Session& session, const nghttp2_frame& frame) {
    const auto id = frame.hd.stream_id;
    auto* stream = find(session, id);
    if (stream == nullptr)
      return;
    const bool ends = ends_message(frame);
    if (!stream->head_seen) {
      // An interim answer (1xx) goes by; the head that counts is yet to come.
      const int status = stream->head.status;
      auto head = std::exchange(stream->head, {});
      stream->head_octets = 0;
      if (session.role_ == Role::Client && status / 100 == 1 && !head.fault)
        return;
      stream->head_seen = true;
      session.events_.on_head(id, std::move(head), ends);
    }
    if (ends)
      session.events_.on_message_end(id);
  }

  static int on_frame_received(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    auto& session = self(data);
    return guarded([&] {
      if (asks_for_nothing(*frame) && session.is_flooded())
        return session.break_off(Http2Error::EnhanceYourCalm, "too many frames without a request");
      if (session.role_ == Role::Client && frame->hd.type <= NGHTTP2_HEADERS &&
          ends_message(*frame))
        ++session.answered_;
      switch (frame->hd.type) {
        case NGHTTP2_HEADERS:
          return on_head(session, *frame);
        case NGHTTP2_DATA:
          if (ends_message(*frame) && find(session, frame->hd.stream_id) != nullptr)
            session.events_.on_message_end(frame->hd.stream_id);
          return;
        case NGHTTP2_SETTINGS:
          if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0 &&
              !std::exchange(session.knows_settings_, true))
            session.events_.on_settings();
          return;
        case NGHTTP2_PING:
          if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0)
            session.events_.on_pong();
          return;
        case NGHTTP2_GOAWAY:
          session.goes_away_ = true;
          if (frame->goaway.error_code != NGHTTP2_NO_ERROR)
            session.why_over_ =
                std::string("it said GOAWAY, ") + nghttp2_http2_strerror(frame->goaway.error_code);
          return;
        default:
          return;
      }
    });
  }

  static int on_data(nghttp2_session*, std::uint8_t, StreamId id, const std::uint8_t* octets,
                     std::size_t size, void* data) {
    auto& session = self(data);
    return guarded([&] {
      if (find(session, id) != nullptr)
        session.events_.on_content(id, view(octets, size));
      else
        session.consume(id, size);
    });
  }

  static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    auto& session = self(data);
    return guarded([&] {
      constexpr std::size_t kFrameHead = 9;
      const bool is_message = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
      if (session.role_ == Role::Server && is_message && ends_message(*frame))
        ++session.answered_;
      if (is_message)
        session.events_.on_sent(frame->hd.stream_id, frame->hd.length + kFrameHead,
                                ends_message(*frame));
      if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR &&
          session.why_over_.empty())
        session.why_over_ = nghttp2_http2_strerror(frame->goaway.error_code);
    });
  }

  static int on_stream_closed(nghttp2_session*, StreamId id, std::uint32_t error, void* data) {
    auto& session = self(data);
    return guarded([&] {
      if (find(session, id) == nullptr)
        return;
      session.events_.on_stream_end(id, static_cast<Http2Error>(error));
      session.streams_.erase(id);
    });
  }
};

void Http2Session::Callbacks::set(nghttp2_session_callbacks* callbacks) {
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Handlers::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Handlers::on_field<true>);
  nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, Handlers::on_field<false>);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Handlers::on_frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Handlers::on_data);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Handlers::on_frame_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Handlers::on_stream_closed);
}

ssize_t Http2Session::Callbacks::read_outgoing(nghttp2_session*, StreamId, std::uint8_t* buffer,
                                               std::size_t size, std::uint32_t* flags,
                                               nghttp2_data_source* source, void*) {
  auto& stream = *static_cast<Stream*>(source->ptr);
  const auto rest = std::string_view(stream.outgoing).substr(stream.sent);
  const auto n = std::min(size, rest.size());
  std::memcpy(buffer, rest.data(), n);
  stream.sent += n;
  if (n == rest.size())
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(n);
}

/// One pseudo-field or field of a head. Trailer fields are left out.
bool Http2Session::read_field(Stream& stream, std::string_view name, std::string_view value,
                              bool valid) {
  auto& head = stream.head;
  const auto& limits = limits_.head;
  stream.head_octets += name.size() + value.size() + 4;  // as HTTP/1.1 would write it
  // Fields out of the table cost an octet to say and their size to look at.
  if (stream.head_octets > kMostRead * limits.head)
    return false;
  if (stream.head_seen || head.fault)
    return true;
  if (name == ":path" && value.size() > limits.line)
    head.fault = {ErrorCode::UriTooLong, std::to_string(limits.line)};
  else if (name.size() + value.size() + 4 > limits.field)
    head.fault = {ErrorCode::HeadersTooLarge,
                  "a field of more than " + std::to_string(limits.field) + " octets"};
  else if (stream.head_octets > limits.head)
    head.fault = {ErrorCode::HeadersTooLarge,
                  "more than " + std::to_string(limits.head) + " octets in all"};
  else if (head.fields.size() >= limits.fields)
    head.fault = {ErrorCode::HeadersTooLarge,
                  "more than " + std::to_string(limits.fields) + " fields"};
  else if (!valid)
    head.fault = {ErrorCode::BadRequest, "a field that is not valid"};
  if (head.fault)
    return true;
  if (!name.starts_with(':'))
    head.fields.add(name, value);
  else if (name == ":method")
    head.method = value;
  else if (name == ":path")
    head.path = value;
  else if (name == ":authority")
    head.authority = value;
  else if (name == ":status")
    head.status = (value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0');
  return true;
}

bool Http2Session::is_flooded() {
  const auto now = std::chrono::steady_clock::now();
  if (now - counting_since_ > kCountedTime) {
    counting_since_ = now;
    control_frames_ = answered_ = 0;
  }
  return ++control_frames_ > limits_.control_frames + answered_;
}

void Http2Session::break_off(Http2Error error, std::string why) {
  why_over_ = std::move(why);
  nghttp2_session_terminate_session(session_.get(), static_cast<std::uint32_t>(error));
}

}  // namespace sitegate
