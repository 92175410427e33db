#include "routing/transport/http2_session.hpp"

#include <algorithm>
#include <array>
#include <new>

#include "routing/transport/http2_callbacks.hpp"
#include "routing/transport/http2_fields.hpp"

namespace sitegate {
namespace {

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

}  // namespace

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
  Callbacks::set(callbacks.get());

  nghttp2_option* made_option = nullptr;
  require(nghttp2_option_new(&made_option) == 0);
  const Owned<nghttp2_option_del, nghttp2_option> option(made_option);
  nghttp2_option_set_no_auto_window_update(option.get(), 1);
  nghttp2_option_set_no_closed_streams(option.get(), 1);
  // Resets are counted here, where answers allow for some; its own limit is far behind that.
  nghttp2_option_set_stream_reset_rate_limit(option.get(), 10 * limits.control_frames,
                                             limits.control_frames);
  nghttp2_option_set_max_deflate_dynamic_table_size(option.get(), limits.table);

  nghttp2_session* made = nullptr;
  require((role == Role::Client
               ? nghttp2_session_client_new2(&made, callbacks.get(), this, option.get())
               : nghttp2_session_server_new2(&made, callbacks.get(), this, option.get())) == 0);
  session_.reset(made);
  const auto head_size = static_cast<std::uint32_t>(limits.head.head + 32 * limits.head.fields);
  const std::array<nghttp2_settings_entry, 5> settings{{
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, limits.table},
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
    out.append(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
  }
}

bool Http2Session::has_output() const noexcept {
  return !broken_ && nghttp2_session_want_write(session_.get()) != 0;
}

std::size_t Http2Session::backlog() const noexcept {
  return nghttp2_session_get_outbound_queue_size(session_.get());
}

bool Http2Session::waits_for_window(StreamId id) const noexcept {
  return nghttp2_session_get_stream_remote_window_size(session_.get(), id) <= 0 ||
         nghttp2_session_get_remote_window_size(session_.get()) <= 0;
}

bool Http2Session::is_over() const noexcept {
  return broken_ || (nghttp2_session_want_read(session_.get()) == 0 && !has_output());
}

std::size_t Http2Session::room() const noexcept {
  if (broken_ || goes_away_ || !knows_settings_ ||
      nghttp2_session_check_request_allowed(session_.get()) == 0)
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
  const Http2Fields list(fields);
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
  const std::array<Http2Field, 1> first{{{":status", text}}};
  auto& stream = *found->second;
  stream.outgoing = std::move(body);
  nghttp2_data_provider provider{{.ptr = &stream}, Callbacks::read_outgoing};
  const Http2Fields list(fields, first);
  return nghttp2_submit_response(session_.get(), id, list.data(), list.size(),
                                 stream.outgoing.empty() ? nullptr : &provider) == 0;
}

void Http2Session::submit_continue(StreamId id) {
  if (broken_ || !streams_.contains(id))
    return;
  const std::array<Http2Field, 1> status{{{":status", "100"}}};
  const Http2Fields list(status);
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

}  // namespace sitegate
