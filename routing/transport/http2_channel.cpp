#include "routing/transport/http2_channel.hpp"

#include <boost/asio/co_spawn.hpp>

namespace sitegate {
namespace {

// So many octets are encrypted before they are sent; the rest stays in the session, where the other
// side's windows bound it.
constexpr std::size_t kMostAtOnce = 64 * 1024;
// Frames that wait to be sent, beyond which nothing is read.
constexpr std::size_t kMostBacklog = 1000;
// A connection at rest keeps no buffer of more than this.
constexpr std::size_t kKeptBuffer = 4096;

}  // namespace

Http2Channel::Http2Channel(WorkerIo& io, Stream& stream, Http2Session::Role role,
                           const Http2Limits& limits, Milliseconds stall, Events& events)
    : io_(io),
      stream_(stream),
      stall_(stall),
      events_(events),
      session_(role, limits, events),
      flushed_(io),
      heard_(std::chrono::steady_clock::now()) {}

Awaitable<StreamEnd> Http2Channel::run() {
  auto end = StreamEnd::Cut;
  try {
    end = co_await read_until_end();
  } catch (const std::exception&) {  // no memory: this connection ends
    stream_.stop();
  }
  running_ = false;
  while (flushing_) co_await flushed_.wait();
  co_return end;
}

Awaitable<StreamEnd> Http2Channel::read_until_end() {
  std::string in;
  flush_soon();
  while (!session_.is_over()) {
    const auto end = co_await stream_.read(in);
    if (!in.empty())
      heard_ = std::chrono::steady_clock::now();
    session_.feed(in);  // also what came with the end
    if (end != StreamEnd::Ok)
      co_return end;
    in.clear();
    if (in.capacity() > kKeptBuffer)
      std::string().swap(in);
    flush_soon();
    // Who does not take our answers is not read from any longer: nothing piles up here.
    while (flushing_ && session_.backlog() > kMostBacklog) co_await flushed_.wait();
  }
  co_return StreamEnd::Ok;
}

void Http2Channel::flush_soon() {
  if (flushing_ || !running_)
    return;
  // Never within this call: it may come from within the session.
  asio::post(io_.executor, [this] {
    try {
      flush();
    } catch (...) {  // no memory: this connection ends
      flush_ended(StreamEnd::TlsFailed);
      throw;
    }
  });
  flushing_ = true;
}

void Http2Channel::set_limit(SteadyTime at) noexcept {
  limit_ = at;
  if (!flushing_)
    stream_.set_limit(at);
}

void Http2Channel::flush() {
  if (const auto end = send_more())
    return flush_ended(*end);
  const auto on_end = [this](const std::exception_ptr& thrown) {
    if (thrown)
      flush_ended(StreamEnd::TlsFailed);
  };
  asio::co_spawn(io_.executor, flush_slowly(), on_end);
}

/// The other side takes less than there is. Whenever it has taken something it has new time.
Awaitable<> Http2Channel::flush_slowly() {
  for (;;) {
    stream_.set_limit(std::chrono::steady_clock::now() + stall_);
    auto end = std::optional(co_await stream_.flush(stall_));
    if (end == StreamEnd::Ok) {
      events_.on_flushed(true);
      end = send_more();
    }
    if (end) {
      flush_ended(*end);
      co_return;
    }
  }
}

/// All that the session has to say, as long as the system takes it. nullopt: it does not.
std::optional<StreamEnd> Http2Channel::send_more() {
  std::string out;
  while (session_.has_output()) {
    out.clear();
    session_.take_output(out, kMostAtOnce);
    if (out.empty())  // all that is left waits for the other side's window
      break;
    stream_.write(out);
    const auto end = stream_.send_now();
    if (end != StreamEnd::Ok)
      return end;
  }
  return StreamEnd::Ok;
}

void Http2Channel::flush_ended(StreamEnd end) {
  flushing_ = false;
  stream_.set_limit(limit_);
  events_.on_flushed(end == StreamEnd::Ok);
  // Otherwise why is for the reader to find out: an alert may have come.
  if (end == StreamEnd::TlsFailed || (running_ && session_.is_over()))
    finish();
  flushed_.wake();
}

}  // namespace sitegate
