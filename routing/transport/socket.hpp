#pragma once
// A TCP socket's descriptor that never waits: what would have to wait says so.

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "contract/async.hpp"

namespace sitegate {

/// Octets that were taken, or why none were.
struct Transfer {
  std::size_t octets = 0;
  boost::system::error_code error;
};

/// As a system call says it: octets, or an error number below zero.
Transfer transferred(long result) noexcept;

/// Nothing went wrong: it cannot be done before the socket is ready.
bool would_wait(const boost::system::error_code& error) noexcept;

/// Owns its descriptor; none = closed.
class Socket {
 public:
  Socket() = default;
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  /// Opened, not connected. An error is one of want: of descriptors or of memory.
  static Socket open(const asio::ip::tcp& protocol, boost::system::error_code& error);

  /// The next that waits at `listening` and has not ended meanwhile, and who it is from.
  static Socket accept(int listening, asio::ip::tcp::endpoint& from,
                       boost::system::error_code& error);

  /// Begins to connect; would_wait(): it is under way.
  boost::system::error_code connect(const asio::ip::tcp::endpoint& endpoint) noexcept;
  /// How it ended, once the socket is writable.
  boost::system::error_code connect_error() noexcept;

  /// No octets and no error: the other side has ended.
  Transfer receive(std::span<std::byte> into) noexcept;
  Transfer send(std::string_view octets) noexcept;
  void shutdown_send() noexcept;
  void close() noexcept;

  bool is_open() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }

 private:
  explicit Socket(int descriptor) noexcept;

  int descriptor_ = -1;
};

}  // namespace sitegate
