#include "auth/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace sitegate {
namespace {

constexpr std::size_t kUuidOctets = 16;
constexpr std::size_t kPoolOctets = 256 * kUuidOctets;

/// The next 16 octets of this thread's pool.
const unsigned char* next_uuid_octets() {
  thread_local std::array<unsigned char, kPoolOctets> pool;
  thread_local std::size_t used = kPoolOctets;
  if (used == kPoolOctets) {
    if (RAND_bytes(pool.data(), static_cast<int>(pool.size())) != 1)
      throw std::runtime_error("no randomness from RAND_bytes");
    used = 0;
  }
  const unsigned char* octets = pool.data() + used;
  used += kUuidOctets;
  return octets;
}

}  // namespace

std::string random_octets(std::size_t count) {
  std::string octets(count, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(octets.data()), static_cast<int>(count)) !=
      1)
    throw std::runtime_error("no randomness from RAND_priv_bytes");
  return octets;
}

std::string random_uuid() {
  constexpr std::string_view kHex = "0123456789abcdef";
  const unsigned char* octets = next_uuid_octets();
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < kUuidOctets; ++i) {
    unsigned octet = octets[i];
    if (i == 6)
      octet = (octet & 0x0FU) | 0x40U;  // version 4
    if (i == 8)
      octet = (octet & 0x3FU) | 0x80U;  // variant of RFC 9562
    if (i == 4 || i == 6 || i == 8 || i == 10)
      text += '-';
    text += kHex[octet >> 4];
    text += kHex[octet & 0x0F];
  }
  return text;
}

}  // namespace sitegate
