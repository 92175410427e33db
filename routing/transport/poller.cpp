#include "routing/transport/poller.hpp"

#include <boost/asio/post.hpp>
#include <boost/container/static_vector.hpp>
#include <cassert>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

namespace sitegate {
namespace {

// So many answers wait for the end of the turn; what makes more of it is not waited for.
constexpr std::size_t kMostToSend = 32;
constexpr std::uint32_t kEnded = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

int make_epoll() {
  const int made = ::epoll_create1(EPOLL_CLOEXEC);
  if (made < 0)
    throw std::system_error(errno, std::system_category(), "epoll_create1");
  return made;
}

}  // namespace

Poller::Poller(const WorkerExecutor& worker) : epoll_(worker, make_epoll()) {}

void Poller::begin_wait() {
  ++waiting_;
  if (!armed_)
    arm();
}

void Poller::end_wait() {
  boost::system::error_code ignored;
  if (--waiting_ == 0 && armed_)
    epoll_.cancel(ignored);
}

void Poller::take_ready(std::optional<Resumption>& place) {
  if (!place)
    return;
  ready_.push_back(std::move(*place));
  place.reset();
  end_wait();
}

void Poller::arm() {
  const auto on_ready = [this](const boost::system::error_code& error) {
    armed_ = false;
    if (error == asio::error::operation_aborted) {
      if (waiting_ > 0)  // somebody came after the last one had gone
        arm();
      return;
    }
    collect();
    go_on();
  };
  try {
    epoll_.async_wait(epoll_.wait_read, on_ready);
    armed_ = true;
  } catch (const std::bad_alloc&) {  // whoever waits next tries again
  }
}

/// First all that is ready is noted, then it goes on: what goes on may close other sockets.
void Poller::collect() {
  ready_.reserve(ready_.size() + 2 * events_.size());  // before an edge is taken: none is lost
  in_turn_ = true;
  const int n =
      ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
  for (int i = n - 1; i >= 0; --i) {
    const auto& event = events_[static_cast<std::size_t>(i)];
    auto& polled = *static_cast<Polled*>(event.data.ptr);
    polled.ended_ = polled.ended_ || (event.events & kEnded) != 0;
    polled.readable_ = polled.readable_ || (event.events & EPOLLIN) != 0;
    if (polled.is_readable()) {
      take_ready(polled.reader_);
      polled.wake_sleeper();
    }
    if ((event.events & (EPOLLOUT | kEnded)) != 0)
      take_ready(polled.writer_);
  }
  if (waiting_ > 0 && !armed_)
    arm();
}

/// Something goes on that no event has brought.
void Poller::begin_turn() {
  if (!in_turn_)
    asio::post(epoll_.get_executor(), [this] { go_on(); });
  in_turn_ = true;
}

void Poller::wait_to_send(Sending& sending, Resumption waiter) {
  begin_turn();
  sending.waiter_.emplace(std::move(waiter));
  to_send_.push(sending);
}

void Poller::wake(Sleeper& sleeper) {
  begin_turn();
  woken_.push(sleeper);
}

void Poller::go_on() {
  in_turn_ = true;
  try {
    while (go_on_with_next()) {
    }
  } catch (...) {  // costs its own connection: the others go on with the next turn
    in_turn_ = false;
    begin_turn();
    throw;
  }
  in_turn_ = false;
}

/// False: nothing is left of this turn.
bool Poller::go_on_with_next() {
  if (to_send_.size() >= kMostToSend || (ready_.empty() && woken_.empty() && sent_.empty()))
    send_all();
  if (!ready_.empty()) {
    auto next = std::move(ready_.back());
    ready_.pop_back();
    std::move(next)();
  } else if (!woken_.empty()) {
    woken_.pop().wake_up();
  } else if (!sent_.empty()) {
    auto next = std::move(*sent_.pop().waiter_);
    std::move(next)();
  } else {
    return false;
  }
  return true;
}

void Poller::send_all() {
  boost::container::static_vector<SendBatch::Send, kMostToSend> sends;
  std::array<Sending*, kMostToSend> whose;
  while (!to_send_.empty()) {
    for (sends.clear(); sends.size() < kMostToSend && !to_send_.empty();) {
      auto& sending = to_send_.pop();
      whose[sends.size()] = &sending;
      sends.push_back({&sending.polled_.socket(), sending.outgoing_.output(), {}});
    }
    batch_.run(sends);
    for (std::size_t i = 0; i < sends.size(); ++i) {
      whose[i]->result_ = sends[i].result;
      sent_.push(*whose[i]);
    }
  }
}

void Polled::watch(Socket socket) {
  socket_ = std::move(socket);
  ::epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  if (::epoll_ctl(poller_.epoll_.native_handle(), EPOLL_CTL_ADD, socket_.descriptor(), &event) != 0)
    socket_.close();
}

/// A buffer that was not filled has taken everything: what comes later is a new edge.
Transfer Polled::receive(std::span<std::byte> into) noexcept {
  const auto got = socket_.receive(into);
  if (would_wait(got.error))
    readable_ = ended_ = false;
  else if (got.octets < into.size())
    readable_ = false;
  return got;
}

void Polled::wait_to_read(Resumption waiter) {
  assert(!reader_ && sleeper_ == nullptr);
  if (is_readable())  // others have their turn in between
    return asio::post(poller_.epoll_.get_executor(), std::move(waiter));
  reader_.emplace(std::move(waiter));
  poller_.begin_wait();
}

void Polled::wait_to_write(Resumption waiter) {
  assert(!writer_);
  writer_.emplace(std::move(waiter));
  poller_.begin_wait();
}

void Polled::sleep(Sleeper& sleeper) {
  assert(!reader_ && sleeper_ == nullptr);
  if (is_readable())
    return poller_.wake(sleeper);
  sleeper_ = &sleeper;
  poller_.begin_wait();
}

void Polled::wake_sleeper() noexcept {
  if (sleeper_ == nullptr)
    return;
  poller_.wake(*std::exchange(sleeper_, nullptr));
  poller_.end_wait();
}

void Polled::wake() noexcept {
  wake_sleeper();
  for (auto* place : {&reader_, &writer_}) {
    if (!*place)
      continue;
    asio::post(poller_.epoll_.get_executor(), std::move(**place));
    place->reset();
    poller_.end_wait();
  }
}

void Polled::close() noexcept {
  socket_.close();
  wake();
}

}  // namespace sitegate
