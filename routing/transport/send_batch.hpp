#pragma once
// Sends on several sockets by one system call, where the system lets us: io_uring as no more than
// that. Nothing is under way when the call returns, so nothing has to outlive it.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "routing/transport/socket.hpp"

struct io_uring;

namespace sitegate {

/// Belongs to one thread; may be made and destroyed by another.
class SendBatch {
 public:
  enum class By : std::uint8_t {
    Ring,  ///< io_uring; Calls when the system has none for us (seccomp, sysctl, an old kernel)
    Calls  ///< a system call each
  };

  SendBatch();
  ~SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  /// Gets the ring, which takes a descriptor; without it sends are by calls. By the thread that
  /// sends: the kernel interrupts whoever got a ring when that is closed.
  By get_ring() noexcept;
  By by() const noexcept { return ring_ ? By::Ring : By::Calls; }

  struct Send {
    Socket* socket;
    std::string_view octets;
    Transfer result;  ///< as of Socket::send(); operation_aborted: nobody knows what was sent
  };

  /// Each is sent as far as its socket takes it at once; never waits.
  void run(std::span<Send> sends) noexcept;

 private:
  struct CloseRing {
    void operator()(io_uring* ring) const noexcept;
  };

  std::size_t run_by_ring(std::span<Send> sends) noexcept;

  std::unique_ptr<io_uring, CloseRing> ring_;
};

}  // namespace sitegate
