// A caller's connection in the load generator.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/bench/times.hpp"

namespace bench {

struct Target {
  std::uint16_t port;
  std::string request;
};

inline SSL_CTX* context() {
  static SSL_CTX* const made = [] {
    SSL_CTX* fresh = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(fresh, TLS1_3_VERSION);
    return fresh;
  }();
  return made;
}

/// 127.0.1.1 to 127.0.1.250 in turn, with any port that is free towards the target.
inline sockaddr_in next_source() {
  static std::uint32_t count = 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x7f000101 + count++ % 250);
  return address;
}

using Ticket = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

/// One TLS connection and the request that is under way on it. Calls wait, until `stop_waiting`.
class Connection {
 public:
  explicit Connection(const Target& target, const Ticket& ticket = {nullptr, SSL_SESSION_free})
      : request_(target.request),
        socket_(::socket(AF_INET, SOCK_STREAM, 0)),
        tls_(SSL_new(context()), SSL_free) {
    const auto source = next_source();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    SSL_set_fd(tls_.get(), socket_);
    if (ticket)
      SSL_set_session(tls_.get(), ticket.get());
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0 ||
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect to port " + std::to_string(target.port));
  }
  /// In order: OpenSSL resumes no session that ended otherwise.
  ~Connection() {
    if (shaken_)
      SSL_shutdown(tls_.get());
    ERR_clear_error();
    ::close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void stop_waiting() { ::fcntl(socket_, F_SETFL, O_NONBLOCK); }

  int socket() const { return socket_; }
  Clock::time_point asked() const { return asked_; }
  bool resumed() const { return SSL_session_reused(tls_.get()) == 1; }
  /// The newest one that came, if any did.
  Ticket ticket() const {
    Ticket newest(SSL_get1_session(tls_.get()), SSL_SESSION_free);
    if (newest && SSL_SESSION_is_resumable(newest.get()) != 1)
      newest.reset();
    return newest;
  }

  /// True: the handshake is done.
  bool shake_hands() {
    if (shaken_)
      return true;
    const int done = SSL_connect(tls_.get());
    if (done != 1 && SSL_get_error(tls_.get(), done) != SSL_ERROR_WANT_READ)
      throw std::runtime_error("a handshake failed");
    return shaken_ = done == 1;
  }

  void ask(Clock::time_point since = Clock::now()) {
    asking_ = true;
    asked_ = since;
    send();
  }

  /// Goes on as far as it can: with the handshake, which the request follows, and with the answer.
  /// True: the answer is whole, which is said once; what comes behind it, a ticket, waits.
  bool advance() {
    if (!asking_)
      return false;
    if (!shaken_) {
      if (!shake_hands())
        return false;
      send();
    }
    while (!whole())
      if (!read())
        return false;
    asking_ = false;
    return true;
  }
  const std::string& answer() const { return answer_; }
  bool succeeded() const { return answer_.starts_with("HTTP/1.1 200 "); }

 private:
  void send() {
    answer_.clear();
    if (SSL_write(tls_.get(), request_.data(), static_cast<int>(request_.size())) <= 0)
      throw std::runtime_error("a connection ended while a request was written");
  }

  /// False: nothing is there.
  bool read() {
    char buffer[16384];
    const int got = SSL_read(tls_.get(), buffer, sizeof buffer);
    if (got <= 0 && SSL_get_error(tls_.get(), got) == SSL_ERROR_WANT_READ)
      return false;
    if (got <= 0)
      throw std::runtime_error("a connection ended before its answer");
    answer_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  bool whole() const {
    const auto head = answer_.find("\r\n\r\n");
    return head != std::string::npos && answer_.size() >= head + 4 + content_length(head);
  }

  std::size_t content_length(std::size_t head) const {
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      const auto at = answer_.find(name);
      std::size_t length = 0;
      if (at < head &&
          std::from_chars(answer_.data() + at + name.size(), answer_.data() + head, length).ec ==
              std::errc{})
        return length;
    }
    throw std::runtime_error("an answer without a Content-Length: " + answer_.substr(0, head));
  }

  const std::string& request_;
  int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  bool shaken_ = false;
  bool asking_ = true;
  std::string answer_;
  Clock::time_point asked_ = Clock::now();
};

}  // namespace bench
