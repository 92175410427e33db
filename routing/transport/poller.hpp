#pragma once
// Which sockets of a worker are ready: one epoll(7) for all of them, edge-triggered, in which each
// is entered once.
//
// Asio waits on this one descriptor. Were it to wait on every socket it would arm each anew before
// each wait: a system call for every request (docs/adr/0015).

#include <sys/epoll.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "routing/transport/send_batch.hpp"
#include "routing/transport/socket.hpp"
#include "routing/transport/suspend.hpp"

namespace sitegate {

class Poller;

/// What a connection has to send.
class Outgoing {
 public:
  virtual std::string_view output() const noexcept = 0;

 protected:
  ~Outgoing() = default;
};

/// Waits for octets as a coroutine does, and holds no memory for it.
class Sleeper {
 public:
  /// What it waited for has come. Once, never within the call that brought it.
  virtual void wake_up() = 0;

 protected:
  ~Sleeper() = default;

 private:
  friend class Poller;
  Sleeper* next_ = nullptr;
};

/// A connected, or connecting, socket that is polled. One coroutine, or sleeper, at a time may wait
/// for octets and one coroutine for room.
class Polled {
 public:
  explicit Polled(Poller& poller) noexcept : poller_(poller) {}
  Polled(const Polled&) = delete;
  Polled& operator=(const Polled&) = delete;

  /// Takes the socket. It is closed when it cannot be entered.
  void watch(Socket socket);
  Socket& socket() noexcept { return socket_; }

  /// Octets, or an end, have come that were not received yet: as far as the poller has looked.
  bool is_readable() const noexcept { return readable_ || ended_; }
  /// One receive, and what it says of those to come.
  Transfer receive(std::span<std::byte> into) noexcept;

  /// Wait until it is readable, for room after a send that would have waited, or for wake();
  /// always for the worker's next turn.
  auto until_readable() {
    return suspend([this](Resumption waiter) { wait_to_read(std::move(waiter)); });
  }
  auto until_writable() {
    return suspend([this](Resumption waiter) { wait_to_write(std::move(waiter)); });
  }

  /// `sleeper` waits for what until_readable() waits for, and is there until then.
  void sleep(Sleeper& sleeper);

  /// Who waits goes on with the worker's next turn, never within this call.
  void wake() noexcept;
  void close() noexcept;  ///< and wakes

 private:
  friend class Poller;

  void wait_to_read(Resumption waiter);
  void wait_to_write(Resumption waiter);
  void wake_sleeper() noexcept;

  Poller& poller_;
  Socket socket_;
  std::optional<Resumption> reader_;
  std::optional<Resumption> writer_;
  Sleeper* sleeper_ = nullptr;
  bool readable_ = false;
  bool ended_ = false;  // the other side's end or an error: stays
};

/// Belongs to one worker and outlives what it polls. Work is outstanding on the worker while
/// something waits.
class Poller {
 public:
  /// Throws system_error without a descriptor.
  explicit Poller(const WorkerExecutor& worker);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// One send, for the length of send().
  class Sending {
   public:
    /// `outgoing` says what when it is time.
    Sending(Polled& polled, const Outgoing& outgoing) noexcept
        : polled_(polled), outgoing_(outgoing) {}
    const Transfer& result() const noexcept {
      return result_;
    }  ///< bad_descriptor: closed meanwhile

   private:
    friend class Poller;
    Polled& polled_;
    const Outgoing& outgoing_;
    Transfer result_;
    std::optional<Resumption> waiter_;
    Sending* next_ = nullptr;
  };

  /// Waits until all others have gone on who can in this turn of the worker, or enough have come,
  /// and sends in a row with them: that wakes the other sides once for many (docs/adr/0017).
  auto send(Sending& sending) {
    return suspend(
        [this, &sending](Resumption waiter) { wait_to_send(sending, std::move(waiter)); });
  }

  SendBatch& batch() noexcept { return batch_; }

 private:
  friend class Polled;

  /// In the order in which they came; linked among themselves, so that it wants no memory.
  template <class T>
  class Chain {
   public:
    bool empty() const noexcept { return first_ == nullptr; }
    std::size_t size() const noexcept { return size_; }
    void push(T& one) noexcept {
      one.next_ = nullptr;
      (empty() ? first_ : last_->next_) = &one;
      last_ = &one;
      ++size_;
    }
    T& pop() noexcept {
      --size_;
      return *std::exchange(first_, first_->next_);
    }

   private:
    T* first_ = nullptr;
    T* last_ = nullptr;
    std::size_t size_ = 0;
  };

  void begin_wait();
  void end_wait();
  void take_ready(std::optional<Resumption>& place);
  void wait_to_send(Sending& sending, Resumption waiter);
  void wake(Sleeper& sleeper);
  void begin_turn();
  void arm();
  void collect();
  void go_on();
  bool go_on_with_next();
  void send_all();

  asio::posix::basic_stream_descriptor<WorkerExecutor> epoll_;
  std::array<::epoll_event, 128> events_;
  std::vector<Resumption> ready_;  // in the order in which they go on, from the back
  Chain<Sleeper> woken_;
  Chain<Sending> to_send_;
  Chain<Sending> sent_;  // and not gone on yet
  SendBatch batch_;
  bool in_turn_ = false;  // go_on() runs, or will
  std::size_t waiting_ = 0;
  bool armed_ = false;
};

}  // namespace sitegate
