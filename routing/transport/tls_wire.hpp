#pragma once
// The wire of a TlsEngine as OpenSSL sees it: a BIO that reads straight from the octets that were
// fed and appends to those that wait to be sent. For tls_engine.cpp alone.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

struct bio_method_st;

namespace sitegate {

struct TlsWire {
  std::span<const std::byte> in;  ///< not yet read: the caller's octets, or what lies in `kept`
  std::vector<std::byte> kept;    ///< not empty = `in` lies in it
  std::string out;                ///< octets for the wire
  std::size_t sent = 0;           ///< of `out`, from its begin

  void feed(std::span<const std::byte> wire);

  /// Makes `in` independent of the caller's buffer; gives back memory that is not needed.
  void keep();

  void append(const char* data, std::size_t size);

  /// The first `size` octets that wait are sent.
  void drop(std::size_t size);
};

/// Of a BIO whose data (BIO_set_data) is a TlsWire that outlives it. One for the process.
const bio_method_st* tls_wire_method();

}  // namespace sitegate
