#pragma once
// One blocking connection, with or without TLS, on OpenSSL alone: clients and fake sites stand on
// it, so that what is tested never talks to its own code. Nothing waits longer than kWireTime.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace sitegate::test {

inline constexpr std::chrono::seconds kWireTime{10};

enum class TlsVersion : std::uint8_t { Any, Tls12, Tls13 };

/// What one end of a TLS connection shows and whom it believes.
struct TlsSide {
  std::string certificate_pem{};  ///< empty: none
  std::string key_pem{};
  std::string trusted_pem{};  ///< authorities of the other side's certificate; empty: not asked for
  TlsVersion version = TlsVersion::Any;
};

using TlsSideHandle = std::shared_ptr<ssl_ctx_st>;
TlsSideHandle server_side(const TlsSide& side);
TlsSideHandle client_side(const TlsSide& side);

/// How the octets of the other side came to their end.
enum class WireEnd : std::uint8_t {
  None,    ///< they have not
  Closed,  ///< in order: close_notify, or end of file without TLS
  Failed,  ///< cut, reset, or refused by an alert
  Late     ///< nothing came within kWireTime
};

class Wire {
 public:
  /// The address on which everything of this process listens: one of its own out of 127/8, so that
  /// a port that was closed is free until it is opened again, whatever runs beside this process.
  static const std::string& address();

  /// Listens on `address()`, any free port. The descriptor is the caller's.
  static int listen();
  static std::uint16_t port_of(int descriptor);

  /// Throws std::runtime_error when nobody listens.
  static Wire connect_to(std::uint16_t port);

  explicit Wire(int descriptor);  ///< takes it over
  ~Wire();
  Wire(Wire&& other) noexcept;
  Wire& operator=(Wire&&) = delete;

  /// False: refused by one of both sides; `tls_error()` says why.
  bool accept_tls(const TlsSideHandle& side);
  /// The other side's certificate must carry `name` when `side` trusts anybody at all.
  bool start_tls(const TlsSideHandle& side, const std::string& name);
  const std::string& tls_error() const noexcept { return tls_error_; }

  /// What has come, at least one octet; empty: `end()` says why.
  std::string read_some();
  WireEnd end() const noexcept { return end_; }
  /// Until the other side ends, throwing away what comes.
  WireEnd drain();

  /// False when the other side takes nothing more.
  bool write(std::string_view octets);

  void close();  ///< close_notify, then the end of the connection
  void cut();    ///< the end of the connection without a word of TLS
  void reset();  ///< RST
  int descriptor() const noexcept { return descriptor_; }

 private:
  bool finish_handshake(int outcome);
  void note_end(int outcome);

  int descriptor_;
  ssl_st* tls_ = nullptr;
  std::string tls_error_;
  WireEnd end_ = WireEnd::None;
};

}  // namespace sitegate::test
