#pragma once
// One TLS connection without a socket: octets from the wire in, octets for the wire out.
//
// The only place that drives an OpenSSL connection, for callers and for links to sites alike. It
// does no I/O and knows no Asio: the connection reads what the socket has in one receive, feeds it
// whole, takes out what became readable, and sends what `output()` holds in one send. Buffers of a
// connection at rest are released (SSL_MODE_RELEASE_BUFFERS; what is fed is copied only when it
// could not be used up). An end of the stream without close_notify is no call at all: whoever sees
// the socket end before read() said Closed knows that it was cut. Not thread-safe; belongs to one
// worker. No call throws anything but std::bad_alloc.
//
// Bounds against floods: OpenSSL ends a connection itself after 32 empty records or 5 warning
// alerts in a row, and bounds a ClientHello (128 KiB) and a certificate chain (100 KiB). Tickets
// and KeyUpdates are bounded here: 32 in one read() without data between are a failure (a
// KeyUpdate that asks for an answer counts as two). An answer has the size of its question, so
// output() stays bounded when nothing is fed while much of it waits to be sent.
//
// Sources: DESIGN section 5 "TLS engine"; RFC 8446 for close_notify (6.1) and KeyUpdate (4.6.3).

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "contract/api_message.hpp"
#include "routing/transport/certificate_in_use.hpp"

// OpenSSL's types by name only: no header of its reaches those who include this one.
struct ssl_st;
struct ssl_ctx_st;

namespace sitegate {

enum class TlsStatus : unsigned char {
  Ok,        ///< done; for read(): at least one octet was produced
  WantRead,  ///< nothing more without further octets from the wire
  Closed,    ///< the other side said close_notify: everything it sent has been read
  Failed,    ///< a protocol error or a refused certificate; failure() says which
};

/// Why a connection failed, for the log and for telling causes apart.
struct TlsFailure {
  enum class Kind : unsigned char {
    Protocol,         ///< garbage, no shared version or cipher, bad record
    AlertReceived,    ///< the other side ended it; `certificate_alert` says about what
    PeerCertificate,  ///< chain, name, pin or dates of the other side do not verify
  };
  Kind kind = Kind::Protocol;
  bool certificate_alert =
      false;           ///< the alert is about our certificate (RFC 8446 6.2: 41 to 46, 48, 49, 116)
  std::string detail;  ///< OpenSSL's words; for the log only
};

class TlsEngine {
 public:
  /// Takes part as the server of `context` (see tls_context.hpp).
  static TlsEngine server(ssl_ctx_st* context);

  /// Takes part as a client; `server_name` goes out as SNI unless it is an IP address. What must
  /// be true of the certificate is part of `context`.
  static TlsEngine client(ssl_ctx_st* context, std::string_view server_name);

  TlsEngine(TlsEngine&&) noexcept;
  TlsEngine& operator=(TlsEngine&&) noexcept;
  ~TlsEngine();

  /// Octets that came from the wire. They are read in place and must stay until the next
  /// handshake() or read() has returned; what that call could not use is copied then, so that the
  /// same receive buffer may serve all connections of a worker.
  void feed(std::span<const std::byte> wire);

  /// Goes on with the handshake as far as the octets fed allow. Ok = finished.
  TlsStatus handshake();

  /// Decrypts into `out`, which must not be empty, until it is full or nothing is left. `Ok` with
  /// `produced` > 0; call again until it is not Ok. After the handshake only.
  TlsStatus read(std::span<char> out, std::size_t& produced);

  /// After read() said WantRead: the octets fed end within a record.
  bool holds_part() const noexcept;

  /// Encrypts all of `plain` into output(). Ok or Failed; works while a read waits. (While half of
  /// a ticket or KeyUpdate is there, it is output() of the read() that gets the other half.) After
  /// the handshake and before close() only.
  TlsStatus write(std::string_view plain);

  /// Says close_notify: into output(). Reading goes on to be possible.
  void close();

  /// What must be sent next. Valid until the next call of any member but this.
  std::string_view output() const noexcept;
  /// The first `n` octets of output() were sent.
  void sent(std::size_t n);

  const std::optional<TlsFailure>& failure() const noexcept;

  /// The other side's leaf certificate, after the handshake; nullopt when it sent none.
  std::optional<ClientCertificate> peer_certificate() const;

  /// The same leaf, for showing it; nullopt when it sent none.
  std::optional<CertificateInUse> peer_certificate_in_use() const;

  /// True when this connection resumed an earlier one by a ticket.
  bool resumed() const noexcept;

  /// What ALPN chose, "h2" or "http/1.1"; empty: nothing was offered or chosen.
  std::string_view protocol() const noexcept;

  /// "TLSv1.3", for logs and tests.
  std::string_view version() const noexcept;

  ssl_st* native() noexcept;  ///< for tests (KeyUpdate, renegotiation)

 private:
  struct State;
  explicit TlsEngine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sitegate
