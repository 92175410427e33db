#include "auth/password.hpp"

#include <argon2.h>

#include <charconv>
#include <cstdint>
#include <new>
#include <stdexcept>

#include "auth/random.hpp"

namespace sitegate {
namespace {

constexpr std::uint32_t kMemoryKiB = 19456;
constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kSaltOctets = 16;
constexpr std::size_t kHashOctets = 32;

// What a users file may ask for at most.
constexpr std::uint32_t kMaxMemoryKiB = 65536;
constexpr std::uint32_t kMaxPasses = 10;
constexpr std::uint32_t kMaxLanes = 4;
constexpr std::size_t kMaxSaltOctets = 64;
constexpr std::size_t kMinHashOctets = 16;
constexpr std::size_t kMaxHashOctets = 64;

bool take(std::string_view& rest, std::string_view prefix) {
  if (!rest.starts_with(prefix))
    return false;
  rest.remove_prefix(prefix.size());
  return true;
}

/// A decimal number without sign or leading zero, at most `limit`.
bool take_number(std::string_view& rest, std::uint32_t limit, std::uint32_t& number) {
  if (rest.empty() || rest.front() < '1' || rest.front() > '9')
    return false;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return error == std::errc{} && number <= limit;
}

int base64_digit(char c) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// Standard base64 without padding, as the PHC form has it, of so many octets.
bool is_base64_of(std::string_view text, std::size_t min_octets, std::size_t max_octets) {
  const std::size_t octets = text.size() * 3 / 4;
  if (text.size() % 4 == 1 || octets < min_octets || octets > max_octets)
    return false;
  for (const char c : text)
    if (base64_digit(c) < 0)
      return false;
  const int unused_bits = text.size() % 4 == 2 ? 0x0F : text.size() % 4 == 3 ? 0x03 : 0;
  return (base64_digit(text.back()) & unused_bits) == 0;
}

}  // namespace

std::string hash_password(std::string_view password) {
  const std::string salt = random_octets(kSaltOctets);
  std::string phc(
      argon2_encodedlen(kPasses, kMemoryKiB, kLanes, kSaltOctets, kHashOctets, Argon2_id), '\0');
  const int outcome =
      argon2id_hash_encoded(kPasses, kMemoryKiB, kLanes, password.data(), password.size(),
                            salt.data(), salt.size(), kHashOctets, phc.data(), phc.size());
  if (outcome == ARGON2_MEMORY_ALLOCATION_ERROR)
    throw std::bad_alloc();
  if (outcome != ARGON2_OK)
    throw std::runtime_error(std::string("argon2id: ") + argon2_error_message(outcome));
  phc.resize(phc.find('\0'));
  return phc;
}

bool verify_password(const std::string& phc, std::string_view password) {
  if (!is_password_hash(phc))
    return false;
  const int outcome = argon2id_verify(phc.c_str(), password.data(), password.size());
  if (outcome == ARGON2_MEMORY_ALLOCATION_ERROR)
    throw std::bad_alloc();  // not a wrong password: nobody must be counted as guessing
  return outcome == ARGON2_OK;
}

bool is_password_hash(std::string_view phc) {
  std::uint32_t memory = 0;
  std::uint32_t passes = 0;
  std::uint32_t lanes = 0;
  if (!take(phc, "$argon2id$v=19$m=") || !take_number(phc, kMaxMemoryKiB, memory) ||
      !take(phc, ",t=") || !take_number(phc, kMaxPasses, passes) || !take(phc, ",p=") ||
      !take_number(phc, kMaxLanes, lanes) || !take(phc, "$"))
    return false;
  if (memory < 8 * lanes)  // RFC 9106 section 3.1
    return false;
  const auto dollar = phc.find('$');
  return dollar != std::string_view::npos &&
         is_base64_of(phc.substr(0, dollar), ARGON2_MIN_SALT_LENGTH, kMaxSaltOctets) &&
         is_base64_of(phc.substr(dollar + 1), kMinHashOctets, kMaxHashOctets);
}

bool costs_as_ours(std::string_view phc) {
  return phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && is_password_hash(phc);
}

const std::string& dummy_password_hash() {
  // Random octets in the place of salt and hash.
  static const std::string hash =
      "$argon2id$v=19$m=19456,t=2,p=1$vF8X2P8rAxzv0KuCjli1GQ"
      "$bwwDCce7sDj+O1O0BUcwK86B4jmHd+7iCJMzgLllzPo";
  return hash;
}

}  // namespace sitegate
