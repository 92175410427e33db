#pragma once
// The octets that a balancer puts in front of a connection to say who calls: PROXY protocol
// version 2 (HAProxy, doc/proxy-protocol.txt, section 2.2). A pure function: no sockets.
//
// Version 1 is not spoken: whatever sends it can send version 2, and one grammar is enough where
// the first octet decides whom we believe.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sitegate {

/// A header is at most this long. Without TLVs it has 232 octets at most; the TLVs in use (name,
/// checksum, unique id, what a certificate says) stay far below.
inline constexpr std::size_t kMaxProxyHeader = 4096;

struct ProxyHeader {
  /// So many octets more are needed before anything can be said; 0: this is the outcome. Never
  /// more than belong to the header: what follows it is TLS.
  std::size_t missing = 0;
  /// Why this is no header of version 2; for the log.
  std::optional<std::string> fault;
  /// IP address of who calls; empty: the connection's own address stands (LOCAL, and address
  /// families other than TCP over IPv4 or IPv6).
  std::string source;
};

/// What the first octets of a connection say. Call again with more while octets are missing.
ProxyHeader scan_proxy_header(std::string_view octets);

}  // namespace sitegate
