#pragma once
// Keys that encrypt session tickets: shared by the workers of a process, replaced every hour, the
// last one still read, so that a ticket lives at least one and at most two hours (RFC 5077 5.5,
// RFC 8446 4.6.1). Only in memory: a restart forgets them, and a stolen key opens two hours at
// most.

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "contract/deadline.hpp"

struct ssl_ctx_st;

namespace sitegate {

struct TicketKey {
  std::array<unsigned char, 16> name{};    ///< goes out with the ticket
  std::array<unsigned char, 32> cipher{};  ///< AES-256-CBC
  std::array<unsigned char, 32> mac{};     ///< HMAC-SHA256
  SteadyTime made;
};

/// Thread-safe.
class TicketKeys {
 public:
  using Clock = std::function<SteadyTime()>;

  static constexpr std::chrono::hours kUsed{1};  ///< a key encrypts for so long
  static constexpr std::chrono::hours kRead{2};  ///< and decrypts for so long

  /// Throws std::runtime_error when there is no randomness to be had.
  explicit TicketKeys(Clock now);
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  /// The key to encrypt with.
  TicketKey current();

  /// The key of this name, nullopt when there is none any more.
  std::optional<TicketKey> find(std::span<const unsigned char, 16> name);

 private:
  void rotate();

  const Clock now_;
  std::mutex mutex_;
  TicketKey current_;
  std::optional<TicketKey> previous_;
};

std::shared_ptr<TicketKeys> make_ticket_keys(
    TicketKeys::Clock now = std::chrono::steady_clock::now);

/// Lets a server's context make and read its tickets with `keys`; it keeps them alive.
void use_ticket_keys(ssl_ctx_st* context, std::shared_ptr<TicketKeys> keys);

}  // namespace sitegate
