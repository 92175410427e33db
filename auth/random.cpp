#include "auth/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <stdexcept>

#include "contract/hex.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kUuidOctets = 16;
constexpr std::size_t kPoolOctets = 256 * kUuidOctets;

/// The next 16 octets of this thread's pool.
std::span<std::uint8_t, kUuidOctets> next_uuid_octets() {
  thread_local std::array<std::uint8_t, kPoolOctets> pool;
  thread_local std::size_t used = kPoolOctets;
  if (used == kPoolOctets) {
    if (RAND_bytes(pool.data(), static_cast<int>(pool.size())) != 1)
      throw std::runtime_error("no randomness from RAND_bytes");
    used = 0;
  }
  const auto octets = std::span(pool).subspan(used).first<kUuidOctets>();
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
  const auto octets = next_uuid_octets();
  octets[6] = static_cast<std::uint8_t>((octets[6] & 0x0FU) | 0x40U);  // version 4
  octets[8] = static_cast<std::uint8_t>((octets[8] & 0x3FU) | 0x80U);  // variant of RFC 9562
  return uuid_text(octets);
}

}  // namespace sitegate
