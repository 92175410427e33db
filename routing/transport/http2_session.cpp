#include "routing/transport/http2_session.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace sitegate {
namespace {

constexpr std::chrono::seconds kCountedTime{10};

// Fields that say the same in every message are worth a place in the compression table; all others
// would push these out of it, and what is secret must not get into it (RFC 7541 7.1.3).
constexpr std::array<std::string_view, 8> kAlike{
    "accept", "accept-encoding",       "cache-control", "content-type", "retry-after", "vary",
    "via",    "x-content-type-options"};

bool is_alike(std::string_view name) {
  return name.front() == ':' || std::ranges::find(kAlike, name) != kAlike.end();
}

std::string_view view(const std::uint8_t* octets, std::size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}

std::uint8_t* octets(std::string_view text) {
  // nghttp2 copies both names and values; its type knows no const.
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

// For calls that fail only without memory.
void require(bool worked) {
  if (!worked)
    throw std::bad_alloc();
}

template <auto Free, class T>
struct Freeing {
  void operator()(T* what) const noexcept { Free(what); }
};
template <auto Free, class T>
using Owned = std::unique_ptr<T, Freeing<Free, T>>;

/// The fields as nghttp2 takes them. Holds the names, in lower case (RFC 9113 8.2.1).
class Fields {
 public:
  explicit Fields(std::span<const Http2Field> fields) {
    std::size_t octets = 0;
    for (const auto& [name, value] : fields) octets += name.size();
    names_.reserve(octets);
    list_.reserve(fields.size() + 1);
    for (const auto& [name, value] : fields) add(name, value);
  }

  const nghttp2_nv* data() const noexcept { return list_.data(); }
  std::size_t size() const noexcept { return list_.size(); }

 private:
  void add(std::string_view name, std::string_view value) {
    const auto at = names_.size();
    for (const char c : name) names_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto lower = std::string_view(names_).substr(at);
    const auto flags = is_alike(lower) ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX;
    list_.push_back({octets(lower), octets(value), lower.size(), value.size(),
                     static_cast<std::uint8_t>(flags)});
  }

  std::string names_;
  std::vector<nghttp2_nv> list_;
};

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
      return frame.hd.length == 0 && !ends_message(frame);
    default:
      return false;
  }
}

}  // namespace

struct Http2Session::Stream {
  Http2Head head;
  std::size_t head_octets = 0;
  bool head_seen = false;  // trailers come after it
  std::string outgoing;
  std::size_t sent = 0;
};

struct Http2Session::Callbacks {
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

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* data) {
    auto& session = self(data);
    return guarded([&] {
      if (auto* stream = find(session, frame->hd.stream_id))
        session.read_field(*stream, view(name, name_size), view(value, value_size), true);
    });
  }

  static int on_invalid_header(nghttp2_session*, const nghttp2_frame* frame,
                               const std::uint8_t* name, std::size_t name_size,
                               const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                               void* data) {
    auto& session = self(data);
    return guarded([&] {
      if (auto* stream = find(session, frame->hd.stream_id))
        session.read_field(*stream, view(name, name_size), view(value, value_size), false);
    });
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
      switch (frame->hd.type) {
        case NGHTTP2_HEADERS:
          return on_head(session, *frame);
        case NGHTTP2_DATA:
          if (ends_message(*frame) && find(session, frame->hd.stream_id) != nullptr)
            session.events_.on_message_end(frame->hd.stream_id);
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
          return session.events_.on_go_away();
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
      if (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA)
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
      if (error == NGHTTP2_NO_ERROR)
        ++session.answered_;
      session.events_.on_stream_end(id, static_cast<Http2Error>(error));
      session.streams_.erase(id);
    });
  }

  static ssize_t read_outgoing(nghttp2_session*, StreamId, std::uint8_t* buffer, std::size_t size,
                               std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& stream = *static_cast<Stream*>(source->ptr);
    const auto rest = std::string_view(stream.outgoing).substr(stream.sent);
    const auto n = std::min(size, rest.size());
    std::memcpy(buffer, rest.data(), n);
    stream.sent += n;
    if (n == rest.size())
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(n);
  }
};

void Http2Session::Free::operator()(nghttp2_session* session) const noexcept {
  nghttp2_session_del(session);
}

Http2Session::Http2Session(Role role, const Http2Limits& limits, Events& events)
    : role_(role),
      limits_(limits),
      events_(events),
      counting_since_(std::chrono::steady_clock::now()) {
  nghttp2_session_callbacks* made_callbacks = nullptr;
  require(nghttp2_session_callbacks_new(&made_callbacks) == 0);
  const Owned<nghttp2_session_callbacks_del, nghttp2_session_callbacks> callbacks(made_callbacks);
  auto* cb = callbacks.get();
  nghttp2_session_callbacks_set_on_begin_headers_callback(cb, Callbacks::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(cb, Callbacks::on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(cb, Callbacks::on_invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(cb, Callbacks::on_frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, Callbacks::on_data);
  nghttp2_session_callbacks_set_on_frame_send_callback(cb, Callbacks::on_frame_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(cb, Callbacks::on_stream_closed);

  nghttp2_option* made_option = nullptr;
  require(nghttp2_option_new(&made_option) == 0);
  const Owned<nghttp2_option_del, nghttp2_option> option(made_option);
  nghttp2_option_set_no_auto_window_update(option.get(), 1);
  nghttp2_option_set_no_closed_streams(option.get(), 1);

  nghttp2_session* made = nullptr;
  require((role == Role::Client ? nghttp2_session_client_new2(&made, cb, this, option.get())
                                : nghttp2_session_server_new2(&made, cb, this, option.get())) == 0);
  session_.reset(made);
  const auto head_size = static_cast<std::uint32_t>(limits.head.head + 32 * limits.head.fields);
  const std::array<nghttp2_settings_entry, 4> settings{{
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, head_size},
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, role == Role::Server ? limits.streams : 0},
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
  }};
  require(nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0);
  require(nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0,
                                                static_cast<std::int32_t>(limits.window)) == 0);
}

Http2Session::~Http2Session() = default;

void Http2Session::feed(std::string_view octets) {
  if (broken_)
    return;
  const auto used = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size());
  if (used >= 0)
    return;
  broken_ = true;
  why_over_ = nghttp2_strerror(static_cast<int>(used));
}

void Http2Session::take_output(std::string& out, std::size_t most) {
  while (!broken_ && out.size() < most) {
    const std::uint8_t* octets = nullptr;
    const auto size = nghttp2_session_mem_send(session_.get(), &octets);
    if (size == 0)
      return;
    if (size < 0) {
      broken_ = true;
      why_over_ = nghttp2_strerror(static_cast<int>(size));
      return;
    }
    out.append(view(octets, static_cast<std::size_t>(size)));
  }
}

bool Http2Session::has_output() const noexcept {
  return !broken_ && nghttp2_session_want_write(session_.get()) != 0;
}

bool Http2Session::is_over() const noexcept {
  return broken_ || (nghttp2_session_want_read(session_.get()) == 0 && !has_output());
}

std::size_t Http2Session::room() const noexcept {
  if (broken_ || goes_away_ || nghttp2_session_check_request_allowed(session_.get()) == 0)
    return 0;
  const auto granted =
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  const auto most = std::min<std::size_t>(granted, limits_.streams);
  return most > streams_.size() ? most - streams_.size() : 0;
}

Http2Session::StreamId Http2Session::submit_request(std::span<const Http2Field> fields,
                                                    std::string body) {
  if (room() == 0)
    return 0;
  auto stream = std::make_unique<Stream>();
  stream->outgoing = std::move(body);
  nghttp2_data_provider provider{{.ptr = stream.get()}, Callbacks::read_outgoing};
  const Fields list(fields);
  const auto id = nghttp2_submit_request(session_.get(), nullptr, list.data(), list.size(),
                                         stream->outgoing.empty() ? nullptr : &provider, nullptr);
  if (id < 0)
    return 0;
  streams_.emplace(id, std::move(stream));
  return id;
}

bool Http2Session::submit_reply(StreamId id, int status, std::span<const Http2Field> fields,
                                std::string body) {
  const auto found = streams_.find(id);
  if (broken_ || found == streams_.end())
    return false;
  const auto text = std::to_string(status);
  std::vector<Http2Field> all{{":status", text}};
  all.insert(all.end(), fields.begin(), fields.end());
  auto& stream = *found->second;
  stream.outgoing = std::move(body);
  nghttp2_data_provider provider{{.ptr = &stream}, Callbacks::read_outgoing};
  const Fields list(all);
  return nghttp2_submit_response(session_.get(), id, list.data(), list.size(),
                                 stream.outgoing.empty() ? nullptr : &provider) == 0;
}

void Http2Session::submit_continue(StreamId id) {
  if (broken_ || !streams_.contains(id))
    return;
  const std::array<Http2Field, 1> status{{{":status", "100"}}};
  const Fields list(status);
  nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, id, nullptr, list.data(), list.size(),
                         nullptr);
}

void Http2Session::consume(StreamId id, std::size_t octets) {
  if (!broken_)
    nghttp2_session_consume(session_.get(), id, octets);
}

void Http2Session::reset(StreamId id, Http2Error error) {
  if (!broken_ && streams_.contains(id))
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id,
                              static_cast<std::uint32_t>(error));
}

void Http2Session::ping() {
  if (!broken_)
    nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
}

void Http2Session::announce_end() {
  if (!broken_)
    nghttp2_submit_shutdown_notice(session_.get());
}

void Http2Session::go_away() {
  if (broken_)
    return;
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR,
                        nullptr, 0);
}

/// One pseudo-field or field of a head. Trailer fields are left out.
void Http2Session::read_field(Stream& stream, std::string_view name, std::string_view value,
                              bool valid) {
  auto& head = stream.head;
  if (stream.head_seen || head.fault)
    return;
  const auto& limits = limits_.head;
  stream.head_octets += name.size() + value.size() + 4;  // as HTTP/1.1 would write it
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
    return;
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
