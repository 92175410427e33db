#include "routing/transport/stream.hpp"

#include <boost/asio/error.hpp>
#include <cassert>

namespace sitegate {
namespace {

// Who makes TLS answer and takes none of it ends. An HTTP/2 channel leaves some 64 KiB unsent.
constexpr std::size_t kMostUnsent = 256 * 1024;

}  // namespace

Stream::Stream(WorkerIo& io, Socket socket, std::optional<TlsEngine> engine)
    : io_(io), polled_(io.poller), engine_(std::move(engine)) {
  if (socket.is_open())
    polled_.watch(std::move(socket));
  io_.sweep.add(*this);
}

void Stream::on_late() noexcept {
  late_ = true;
  polled_.wake();
}

void Stream::stop() noexcept {
  stopped_ = true;
  polled_.wake();
}

std::optional<StreamEnd> Stream::ended() const noexcept {
  if (stopped_)
    return StreamEnd::Stopped;
  if (late_)
    return StreamEnd::Late;
  return std::nullopt;
}

std::optional<TlsFailure> Stream::tls_failure() const {
  return engine_ ? engine_->failure() : std::nullopt;
}

/// Waits for octets or an end; false: it is not for this operation to receive them.
Awaitable<bool> Stream::readable() {
  if (!ended() && is_open())
    co_await polled_.until_readable();
  co_return !ended() && is_open();
}

Awaitable<boost::system::error_code> Stream::connect(Socket socket,
                                                     const asio::ip::tcp::endpoint& endpoint) {
  auto error = socket.connect(endpoint);
  polled_.watch(std::move(socket));  // not before: what is not connected counts as ended
  if (would_wait(error) && !ended() && is_open()) {
    co_await polled_.until_writable();
    error = is_open() ? polled_.socket().connect_error() : asio::error::bad_descriptor;
  } else if (!is_open()) {
    error = asio::error::no_memory;  // for one more that is polled
  }
  co_return ended() ? asio::error::operation_aborted : error;
}

Awaitable<StreamEnd> Stream::read_in_front(std::string& in, std::size_t most) {
  for (;;) {
    if (!co_await readable())
      co_return ended().value_or(StreamEnd::Cut);
    const auto [n, error] = polled_.receive(std::span(io_.wire).first(most));
    if (would_wait(error))
      continue;
    if (error || n == 0)
      co_return StreamEnd::Cut;
    in.append(reinterpret_cast<const char*>(io_.wire.data()), n);
    co_return StreamEnd::Ok;
  }
}

Awaitable<StreamEnd> Stream::handshake() {
  if (!engine_)
    co_return StreamEnd::Ok;
  for (;;) {
    const auto status = engine_->handshake();
    const auto flushed = co_await flush();
    if (status == TlsStatus::Failed)
      co_return StreamEnd::TlsFailed;
    if (flushed != StreamEnd::Ok)
      co_return flushed;
    if (status == TlsStatus::Ok) {
      fed_by_handshake_ = true;
      co_return StreamEnd::Ok;
    }
    if (!co_await readable())
      co_return ended().value_or(StreamEnd::Cut);
    const auto [n, error] = polled_.receive(io_.wire);
    if (would_wait(error))
      continue;
    if (error || n == 0)
      co_return StreamEnd::Cut;
    engine_->feed(std::span(io_.wire).first(n));
  }
}

/// One receive and all that it lets us decrypt. `again`: nothing came, wait once more.
StreamEnd Stream::receive(std::string& in, bool& again) {
  again = false;
  const auto [n, error] = polled_.receive(io_.wire);
  if (would_wait(error)) {
    again = true;
    return StreamEnd::Ok;
  }
  if (error)
    return StreamEnd::Cut;
  if (n == 0)
    return engine_ ? StreamEnd::Cut : StreamEnd::Closed;
  if (!engine_) {
    in.append(reinterpret_cast<const char*>(io_.wire.data()), n);
    return StreamEnd::Ok;
  }
  engine_->feed(std::span(io_.wire).first(n));
  const auto before = in.size();
  const auto end = decrypt(in);
  if (end == StreamEnd::Ok)
    again = in.size() == before;
  return keep_for_later(in.size() > before, end);
}

StreamEnd Stream::decrypt(std::string& in) {
  for (;;) {
    std::size_t produced = 0;
    switch (engine_->read(io_.plain, produced)) {
      case TlsStatus::Ok:
        in.append(io_.plain.data(), produced);
        break;
      case TlsStatus::WantRead:
        return StreamEnd::Ok;
      case TlsStatus::Closed:
        return StreamEnd::Closed;
      case TlsStatus::Failed:
        return StreamEnd::TlsFailed;
    }
  }
}

Awaitable<StreamEnd> Stream::read(std::string& in) {
  if (pending_end_)
    co_return *pending_end_;
  if (fed_by_handshake_) {  // content may have come in the same segment as the client's Finished
    fed_by_handshake_ = false;
    const auto before = in.size();
    const auto end = decrypt(in);
    if (in.size() > before || end != StreamEnd::Ok)
      co_return keep_for_later(in.size() > before, end);
  }
  for (bool again = true; again;) {
    if (const auto end = ended())
      co_return *end;
    if (is_open())  // not by readable(): that is one coroutine less for each connection at rest
      co_await polled_.until_readable();
    if (ended() || !is_open())
      co_return ended().value_or(StreamEnd::Cut);
    const auto end = receive(in, again);
    if (const auto said = say_what_tls_has_to(); end == StreamEnd::Ok && said != StreamEnd::Ok)
      co_return said;
    if (end != StreamEnd::Ok)
      co_return end;
  }
  co_return StreamEnd::Ok;
}

void Stream::sleep(Sleeper& sleeper) {
  polled_.sleep(sleeper);
  if (ended() || pending_end_ || !is_open())
    polled_.wake();
}

/// An alert, the answer to a KeyUpdate. What the system does not take goes out with the next flush,
/// as it does while others flush: only one may. Who takes none of it ends.
StreamEnd Stream::say_what_tls_has_to() {
  const auto end = flushing_ ? std::nullopt : send_now();
  return unsent() > kMostUnsent ? StreamEnd::Cut : end.value_or(StreamEnd::Ok);
}

/// What was readable is given out first; an end that came with it is said by the next read.
StreamEnd Stream::keep_for_later(bool has_content, StreamEnd end) {
  if (end == StreamEnd::Ok)
    return end;
  pending_end_ = end;
  return has_content ? StreamEnd::Ok : end;
}

StreamEnd Stream::read_now(std::string& in) {
  if (pending_end_)
    return *pending_end_;
  if (stopped_)
    return StreamEnd::Stopped;
  revive();
  const auto before = in.size();
  bool again = false;
  const auto end = receive(in, again);
  if (end != StreamEnd::Ok)
    return end;
  return in.size() > before || holds_part() ? StreamEnd::Ok : StreamEnd::Late;
}

bool Stream::is_usable() noexcept {
  return !ended() && !pending_end_ && is_open();
}

bool Stream::is_quiet() noexcept {
  return is_usable() && !polled_.is_readable();
}

bool Stream::still_idle() {
  if (!is_usable())
    return false;
  std::string content;
  bool again = false;
  const auto end = receive(content, again);
  return end == StreamEnd::Ok && again && content.empty() && unsent() == 0;
}

void Stream::write(std::string_view plain) {
  if (!engine_)
    plain_output_.append(plain);
  else if (!plain.empty() && engine_->write(plain) != TlsStatus::Ok)
    write_failed_ = true;
}

std::string_view Stream::output() const noexcept {
  return engine_ ? engine_->output() : std::string_view(plain_output_);
}

void Stream::sent(std::size_t n) {
  octets_sent_ += n;
  if (engine_)
    engine_->sent(n);
  else
    plain_output_.erase(0, n);
}

std::optional<StreamEnd> Stream::send_now() {
  if (write_failed_)
    return StreamEnd::TlsFailed;
  while (unsent() > 0) {
    if (const auto end = ended())
      return end;
    const auto [n, error] = polled_.socket().send(output());
    if (would_wait(error))
      return std::nullopt;
    if (error)
      return StreamEnd::Cut;
    sent(n);
  }
  return StreamEnd::Ok;
}

Awaitable<StreamEnd> Stream::flush(Milliseconds stall) {
  assert(!flushing_);
  flushing_ = true;
  auto end = write_failed_ ? std::optional(StreamEnd::TlsFailed) : std::nullopt;
  while (!end && unsent() > 0) {
    end = ended();
    if (end)
      break;
    Poller::Sending sending(polled_, *this);
    co_await io_.poller.send(sending);
    const auto& [n, error] = sending.result();
    sent(n);
    if (n > 0 && unsent() > 0 && stall > Milliseconds{0})
      set_limit(std::chrono::steady_clock::now() + stall);
    if (error == asio::error::operation_aborted)
      close();  // nobody knows what was sent of it: nothing more must be
    if (error && !would_wait(error))
      end = StreamEnd::Cut;
    else if (error && !ended() && is_open())  // neither meanwhile
      co_await polled_.until_writable();
  }
  flushing_ = false;
  co_return end.value_or(StreamEnd::Ok);
}

Awaitable<> Stream::linger(Milliseconds limit, std::size_t most) {
  revive();
  set_limit(std::chrono::steady_clock::now() + limit);
  if (engine_)
    engine_->close();
  if (co_await flush() == StreamEnd::Ok) {
    polled_.socket().shutdown_send();
    for (std::size_t seen = 0; seen < most;) {
      if (!co_await readable())
        break;
      const auto [n, error] = polled_.receive(io_.wire);
      if (error ? !would_wait(error) : n == 0)
        break;
      seen += n;
    }
  }
  close();
}

}  // namespace sitegate
