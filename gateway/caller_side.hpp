#pragma once
// A connection that came in, as what is spoken on it sees it: the same for HTTP/1.1 and HTTP/2.

#include <memory>
#include <optional>
#include <string>

#include "gateway/connection_places.hpp"
#include "gateway/logs.hpp"
#include "gateway/services.hpp"
#include "routing/transport/http_head.hpp"
#include "routing/transport/stream.hpp"

namespace sitegate {

/// How a connection came in.
struct Entrance {
  ListenerKind listener = ListenerKind::Callers;
  std::string peer_address;  ///< IP of the other side, no port
  bool proxied = false;      ///< its first octets say who really calls: PROXY protocol v2
  std::optional<ConnectionPlaces::Place> place;  ///< absent: it does not count

  /// It hears why, whatever it asks, and ends.
  bool turned_away() const noexcept { return place && place->refusal(); }
};

/// Everything outlives the conversation.
struct CallerSide {
  WorkerIo& io;
  Services& services;
  Logs& logs;
  const Entrance& entrance;
  const std::unique_ptr<const ClientCertificate>& certificate;
  Stream& stream;

  const LimitSettings& limits() const noexcept { return services.settings.limits; }

  /// Takes what it needs out of `head`.
  ApiRequest make_request(RequestHead& head) const;
};

/// Requests and their replies, from the end of the handshake to the end of the connection.
class Conversation {
 public:
  virtual ~Conversation() = default;

  /// To the end of the connection, or until it rests: true. Then this is called once more when the
  /// stream has woken its sleeper. The conversation outlives it.
  virtual Awaitable<bool> run() = 0;

  /// The gateway shuts down: ends after the requests that are under way, soon when nothing was
  /// asked yet.
  virtual void finish() noexcept = 0;
};

/// Who has not asked anything yet when the gateway ends, or is to be turned away, has so long for
/// each of handshake, first octet and head: a client that just came asks within a round trip or
/// two.
inline constexpr Milliseconds kLastChance{3000};

}  // namespace sitegate
