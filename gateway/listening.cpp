#include "gateway/listening.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace sitegate {
namespace {

using asio::ip::tcp;

/// A socket bound to `endpoint`, or -1 with errno.
int bound_socket(const tcp::endpoint& endpoint, bool reuse_port) {
  const int fd = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                          IPPROTO_TCP);
  if (fd < 0)
    return -1;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (reuse_port)
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  const auto* address = reinterpret_cast<const ::sockaddr*>(endpoint.data());
  if (::bind(fd, address, static_cast<::socklen_t>(endpoint.size())) == 0)
    return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

tcp::endpoint endpoint_of(int fd) {
  tcp::endpoint endpoint;
  auto size = static_cast<::socklen_t>(endpoint.capacity());
  ::getsockname(fd, reinterpret_cast<::sockaddr*>(endpoint.data()), &size);
  endpoint.resize(size);
  return endpoint;
}

Error cannot_listen(const ListenerSettings& listener, const tcp::endpoint& endpoint) {
  const auto why = std::system_category().message(errno);
  std::string cure = errno == EADDRINUSE ? "end the process that has it, or choose another address"
                                         : "correct its address";
  return make_error(ErrorCode::GeneralServerFailure, {},
                    "the listener for " + std::string(name_of(listener.kind)) +
                        " cannot listen on " + endpoint.address().to_string() + ":" +
                        std::to_string(endpoint.port()) + " (" + listener.origin.key_path +
                        "): " + why + "; " + cure);
}

}  // namespace

ListeningSockets::~ListeningSockets() {
  for (const int fd : descriptors_)
    if (fd >= 0)
      ::close(fd);
}

ListeningSockets::ListeningSockets(ListeningSockets&& other) noexcept
    : descriptors_(std::exchange(other.descriptors_, {})), endpoint_(other.endpoint_) {}

ListeningSockets& ListeningSockets::operator=(ListeningSockets&& other) noexcept {
  std::swap(descriptors_, other.descriptors_);
  std::swap(endpoint_, other.endpoint_);
  return *this;
}

int ListeningSockets::hand_over(std::size_t index) noexcept {
  return std::exchange(descriptors_[index], -1);
}

Result<ListeningSockets> open_listener(const ListenerSettings& listener, std::size_t count) {
  ListeningSockets sockets;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(listener.address, error);
  sockets.endpoint_ = {address, listener.port};
  if (error) {
    errno = EINVAL;
    return cannot_listen(listener, sockets.endpoint_);
  }
  if (listener.port != 0) {
    const int probe = bound_socket(sockets.endpoint_, false);
    if (probe < 0)
      return cannot_listen(listener, sockets.endpoint_);
    ::close(probe);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = bound_socket(sockets.endpoint_, true);
    if (fd < 0)
      return cannot_listen(listener, sockets.endpoint_);
    sockets.descriptors_.push_back(fd);
    sockets.endpoint_ = endpoint_of(fd);
  }
  for (const int fd : sockets.descriptors_)
    if (::listen(fd, kBacklog) != 0)
      return cannot_listen(listener, sockets.endpoint_);
  return sockets;
}

std::string_view name_of(ListenerKind kind) noexcept {
  switch (kind) {
    case ListenerKind::Callers:
      return "callers";
    case ListenerKind::Peers:
      return "peers";
    case ListenerKind::Admin:
      return "admin";
  }
  return "callers";
}

}  // namespace sitegate
