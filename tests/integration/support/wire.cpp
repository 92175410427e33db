#include "tests/integration/support/wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace sitegate::test {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::system_category().message(errno));
}

void require(bool done, const char* what) {
  if (!done)
    throw std::runtime_error(std::string(what) + " failed");
}

Bio memory(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

Certificate next_certificate(BIO* bio) {
  return {PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), &X509_free};
}

void show_certificate(SSL_CTX* context, const TlsSide& side) {
  const auto chain = memory(side.certificate_pem);
  require(SSL_CTX_use_certificate(context, next_certificate(chain.get()).get()) == 1, "leaf");
  while (auto intermediate = next_certificate(chain.get()))
    require(SSL_CTX_add1_chain_cert(context, intermediate.get()) == 1, "chain");
  const auto text = memory(side.key_pem);
  const Key key(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  require(SSL_CTX_use_PrivateKey(context, key.get()) == 1, "key");
}

TlsSideHandle make_side(const SSL_METHOD* method, const TlsSide& side) {
  TlsSideHandle context(SSL_CTX_new(method), &SSL_CTX_free);
  auto* raw = context.get();
  if (side.version == TlsVersion::Tls12)
    SSL_CTX_set_max_proto_version(raw, TLS1_2_VERSION);
  if (side.version == TlsVersion::Tls13)
    SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION);
  if (!side.certificate_pem.empty())
    show_certificate(raw, side);
  if (!side.trusted_pem.empty()) {
    const auto authorities = memory(side.trusted_pem);
    while (auto authority = next_certificate(authorities.get()))
      require(X509_STORE_add_cert(SSL_CTX_get_cert_store(raw), authority.get()) == 1, "authority");
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  ERR_clear_error();
  return context;
}

/// One per process: the process id, shifted into 127.64.0.0 to 127.127.255.255.
std::string own_address() {
  const auto id = static_cast<std::uint32_t>(::getpid());
  return "127." + std::to_string(64 + ((id >> 16) & 63)) + "." + std::to_string((id >> 8) & 255) +
         "." + std::to_string(id & 255);
}

::sockaddr_in endpoint(std::uint16_t port) {
  ::sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  ::inet_pton(AF_INET, Wire::address().c_str(), &made.sin_addr);
  return made;
}

const bool kNoSigpipe = std::signal(SIGPIPE, SIG_IGN) != SIG_ERR;

}  // namespace

TlsSideHandle server_side(const TlsSide& side) {
  return make_side(TLS_server_method(), side);
}

TlsSideHandle client_side(const TlsSide& side) {
  return make_side(TLS_client_method(), side);
}

const std::string& Wire::address() {
  static const std::string address = own_address();
  return address;
}

int Wire::listen() {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto where = endpoint(0);
  if (::bind(made, reinterpret_cast<const ::sockaddr*>(&where), sizeof where) != 0)
    fail("bind");
  if (::listen(made, 64) != 0)
    fail("listen");
  return made;
}

std::uint16_t Wire::port_of(int descriptor) {
  ::sockaddr_in where{};
  ::socklen_t size = sizeof where;
  if (::getsockname(descriptor, reinterpret_cast<::sockaddr*>(&where), &size) != 0)
    fail("getsockname");
  return ntohs(where.sin_port);
}

Wire Wire::connect_to(std::uint16_t port) {
  Wire wire(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto where = endpoint(port);
  if (::connect(wire.descriptor_, reinterpret_cast<const ::sockaddr*>(&where), sizeof where) != 0)
    fail("connect");
  return wire;
}

Wire::Wire(int descriptor) : descriptor_(descriptor) {
  require(kNoSigpipe && descriptor >= 0, "socket");
  const ::timeval limit{.tv_sec = kWireTime.count(), .tv_usec = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Wire::~Wire() {
  SSL_free(tls_);
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

Wire::Wire(Wire&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      tls_(std::exchange(other.tls_, nullptr)),
      tls_error_(std::move(other.tls_error_)),
      end_(other.end_) {}

bool Wire::accept_tls(const TlsSideHandle& side) {
  tls_ = SSL_new(side.get());
  SSL_set_fd(tls_, descriptor_);
  return finish_handshake(SSL_accept(tls_));
}

bool Wire::start_tls(const TlsSideHandle& side, const std::string& name) {
  tls_ = SSL_new(side.get());
  SSL_set_fd(tls_, descriptor_);
  SSL_set_tlsext_host_name(tls_, name.c_str());
  SSL_set1_host(tls_, name.c_str());
  return finish_handshake(SSL_connect(tls_));
}

bool Wire::finish_handshake(int outcome) {
  if (outcome == 1)
    return true;
  note_end(outcome);
  return false;
}

void Wire::note_end(int outcome) {
  const auto why = SSL_get_error(tls_, outcome);
  if (why == SSL_ERROR_ZERO_RETURN) {
    end_ = WireEnd::Closed;
  } else if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
    end_ = WireEnd::Late;
  } else {
    end_ = WireEnd::Failed;
    const auto* reason = ERR_reason_error_string(ERR_peek_error());
    tls_error_ = reason == nullptr ? "the connection ended" : reason;
  }
  ERR_clear_error();
}

std::string Wire::read_some() {
  std::string octets(65536, '\0');
  if (tls_ != nullptr) {
    const int got = SSL_read(tls_, octets.data(), static_cast<int>(octets.size()));
    if (got <= 0)
      note_end(got);
    octets.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return octets;
  }
  const auto got = ::recv(descriptor_, octets.data(), octets.size(), 0);
  if (got == 0)
    end_ = WireEnd::Closed;
  if (got < 0)
    end_ = errno == EAGAIN ? WireEnd::Late : WireEnd::Failed;
  octets.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return octets;
}

WireEnd Wire::drain() {
  while (!read_some().empty()) {
  }
  char rest[4096];  // behind the end of TLS
  while (end_ != WireEnd::Late && ::recv(descriptor_, rest, sizeof rest, 0) > 0) {
  }
  return end_;
}

bool Wire::write(std::string_view octets) {
  if (tls_ != nullptr) {
    const int sent =
        octets.empty() ? 1 : SSL_write(tls_, octets.data(), static_cast<int>(octets.size()));
    ERR_clear_error();
    return sent > 0;
  }
  while (!octets.empty()) {
    const auto sent = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Wire::close() {
  if (tls_ != nullptr && end_ != WireEnd::Failed)
    SSL_shutdown(tls_);
  ERR_clear_error();
  cut();
}

void Wire::cut() {
  ::shutdown(descriptor_, SHUT_WR);
}

void Wire::reset() {
  const ::linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace sitegate::test
