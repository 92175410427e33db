#pragma once
// One connection of a caller (or of a peer site, or of an operator): HTTP/1.1 requests in order.

#include <boost/intrusive/list.hpp>
#include <memory>
#include <optional>
#include <string>

#include "gateway/connection_places.hpp"
#include "gateway/finish_request.hpp"
#include "gateway/logs.hpp"
#include "gateway/reply_head.hpp"
#include "gateway/services.hpp"
#include "routing/transport/body_decoder.hpp"
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

class CallerConnection;
using ConnectionList =
    boost::intrusive::list<CallerConnection, boost::intrusive::constant_time_size<false>>;

class CallerConnection : public boost::intrusive::list_base_hook<
                             boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  CallerConnection(WorkerIo& io, Services& services, Logs& logs, Entrance entrance, Socket socket,
                   std::optional<TlsEngine> engine);

  /// From the handshake to the end. Started once; the connection lives as long as this runs.
  static Awaitable<> serve(std::shared_ptr<CallerConnection> self);

  /// Ends after the running request; at once when it rests between two and nothing of the next
  /// one has come; soon when it has not asked anything yet.
  void finish() noexcept;

  /// Ends at once, whatever runs.
  void abort() noexcept { stream_.stop(); }

 private:
  class Body;

  Awaitable<bool> read_proxy_header();
  Awaitable<bool> open();
  Awaitable<> serve_requests();
  Awaitable<bool> serve_request(std::string head);
  Awaitable<std::optional<std::string>> next_head();
  Awaitable<StreamEnd> read_when_asked();
  Awaitable<> refuse(const Error& error, std::string_view head);
  Awaitable<SentReply> send(ApiReply reply, bool with_body, HeadOptions options);
  ApiRequest make_request(RequestHead& head) const;

  Milliseconds patience(Milliseconds usual) const noexcept;
  const LimitSettings& limits() const noexcept { return services_.settings.limits; }
  void limit_to(Milliseconds time) noexcept {
    stream_.set_limit(std::chrono::steady_clock::now() + time);
  }

  Services& services_;
  Logs& logs_;
  Entrance entrance_;
  Stream stream_;
  std::optional<ClientCertificate> client_certificate_;
  std::string in_;       // octets that came and are not used up
  bool waiting_ = true;  // nothing of a next request has come
  bool served_ = false;  // a request has been answered
  bool finishing_ = false;
};

}  // namespace sitegate
