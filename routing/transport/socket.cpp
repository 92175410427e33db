#include "routing/transport/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <cerrno>

namespace sitegate {
namespace {

boost::system::error_code last_error() {
  return {errno, boost::system::system_category()};
}

/// accept(2), "Error handling": no fault of the listener, whatever the other side did.
bool is_of_the_connection(int error) {
  return error == ECONNABORTED || error == EPROTO || error == EINTR || error == ENETDOWN ||
         error == ENETUNREACH || error == EHOSTDOWN || error == EHOSTUNREACH ||
         error == ENOPROTOOPT || error == ENONET || error == EOPNOTSUPP;
}

Transfer outcome_of(::ssize_t n) {
  return transferred(n < 0 ? -errno : n);
}

}  // namespace

Transfer transferred(long result) noexcept {
  if (result >= 0)
    return {static_cast<std::size_t>(result), {}};
  return {0, {static_cast<int>(-result), boost::system::system_category()}};
}

bool would_wait(const boost::system::error_code& error) noexcept {
  return error == asio::error::would_block || error == asio::error::try_again ||
         error == asio::error::in_progress;
}

/// What is said goes out at once: answers are written whole.
Socket::Socket(int descriptor) noexcept : descriptor_(descriptor) {
  const int on = 1;
  if (descriptor_ >= 0)
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Socket Socket::open(const asio::ip::tcp& protocol, boost::system::error_code& error) {
  const int made =
      ::socket(protocol.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  error = made < 0 ? last_error() : boost::system::error_code();
  return Socket(made);
}

Socket Socket::accept(int listening, asio::ip::tcp::endpoint& from,
                      boost::system::error_code& error) {
  ::socklen_t size = 0;
  int made = -1;
  do {  // accept(2) also says what befell the connection itself: then the next one is meant
    size = static_cast<::socklen_t>(from.capacity());
    made = ::accept4(listening, reinterpret_cast<::sockaddr*>(from.data()), &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (made < 0 && is_of_the_connection(errno));
  error = made < 0 ? last_error() : boost::system::error_code();
  if (made >= 0)
    from.resize(size);
  return Socket(made);
}

boost::system::error_code Socket::connect(const asio::ip::tcp::endpoint& endpoint) noexcept {
  const auto* address = reinterpret_cast<const ::sockaddr*>(endpoint.data());
  if (::connect(descriptor_, address, static_cast<::socklen_t>(endpoint.size())) == 0)
    return {};
  return last_error();
}

boost::system::error_code Socket::connect_error() noexcept {
  int error = 0;
  ::socklen_t size = sizeof error;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
    return last_error();
  return {error, boost::system::system_category()};
}

Transfer Socket::receive(std::span<std::byte> into) noexcept {
  return outcome_of(::recv(descriptor_, into.data(), into.size(), 0));
}

Transfer Socket::send(std::string_view octets) noexcept {
  return outcome_of(::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL));
}

void Socket::shutdown_send() noexcept {
  ::shutdown(descriptor_, SHUT_WR);
}

void Socket::close() noexcept {
  if (descriptor_ >= 0)
    ::close(std::exchange(descriptor_, -1));
}

}  // namespace sitegate
