#pragma once
// How many connections of callers and peers there may be at once: in all, of one address, and of
// those that have yet to prove with a certificate that they may be there.
//
// Shared by the workers, because the limits are the process's. A connection takes the mutex twice,
// for a hash look-up each, beside a TLS handshake that costs a thousand times as much. An address
// is remembered only while it has a connection, so there are never more entries than connections.

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "contract/error.hpp"

namespace sitegate {

class ConnectionPlaces {
 public:
  /// So many connections over a limit may be there at once to be told so. What comes beyond them
  /// is closed without a word: saying no costs a TLS handshake each time.
  static constexpr std::size_t kMaxTurnedAway = 64;

  ConnectionPlaces(std::size_t in_all, std::size_t per_address)
      : in_all_(in_all), per_address_(per_address) {}

  /// A connection counts for as long as this lives.
  class Place {
   public:
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) noexcept;
    ~Place();

    /// It has shown its certificate.
    void prove() noexcept;

    /// What the connection is to be told instead of an answer, when it is one too many.
    const Error* refusal() const noexcept { return refusal_.get(); }

   private:
    friend class ConnectionPlaces;
    Place(ConnectionPlaces& places, std::string address, bool unproven,
          std::unique_ptr<const Error> refusal)
        : places_(&places),
          address_(std::move(address)),
          unproven_(unproven),
          refusal_(std::move(refusal)) {}

    ConnectionPlaces* places_;
    std::string address_;
    bool unproven_;
    std::unique_ptr<const Error> refusal_;  // few have one
  };

  /// `address` is a group (contract/ip_address.hpp); empty: counted in all, but by no address.
  /// nullopt: close it.
  std::optional<Place> take(const std::string& address) { return take(address, false); }

  /// For one that must show a certificate, and is counted by no address. Until it has, it is one of
  /// at most half of all: who has none takes no place from callers for long.
  std::optional<Place> take_unproven() { return take({}, true); }

  std::size_t in_all() const noexcept { return in_all_; }
  std::size_t addresses();  ///< that are remembered; for tests

 private:
  std::optional<Place> take(const std::string& address, bool unproven);
  void leave(const Place& place);

  const std::size_t in_all_;
  const std::size_t per_address_;
  std::mutex mutex_;  // of what follows
  std::size_t open_ = 0;
  std::size_t unproven_ = 0;  // of open_
  std::size_t turned_away_ = 0;
  std::unordered_map<std::string, std::size_t> by_address_;
};

}  // namespace sitegate
