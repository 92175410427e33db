#pragma once
// One connection of a caller (or of a peer site, or of an operator): HTTP/1.1 requests in order.

#include <boost/intrusive/list.hpp>
#include <memory>
#include <optional>
#include <string>

#include "gateway/finish_request.hpp"
#include "gateway/logs.hpp"
#include "gateway/reply_head.hpp"
#include "gateway/services.hpp"
#include "routing/transport/body_decoder.hpp"
#include "routing/transport/stream.hpp"

namespace sitegate {

class CallerConnection;
using ConnectionList =
    boost::intrusive::list<CallerConnection, boost::intrusive::constant_time_size<false>>;

class CallerConnection : public boost::intrusive::list_base_hook<
                             boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  CallerConnection(WorkerIo& io, Services& services, Logs& logs, ListenerKind listener,
                   Socket socket, std::optional<TlsEngine> engine, std::string peer_address);

  /// From the handshake to the end. Started once; the connection lives as long as this runs.
  static Awaitable<> serve(std::shared_ptr<CallerConnection> self);

  /// Ends at once when it rests between two requests, else after the running one.
  void finish() noexcept;

  /// Ends at once, whatever runs.
  void abort() noexcept { stream_.stop(); }

 private:
  class Body;

  Awaitable<> serve_requests();
  Awaitable<bool> serve_request(std::string head);
  Awaitable<std::optional<std::string>> next_head();
  Awaitable<> refuse(const Error& error);
  Awaitable<SentReply> send(const ApiReply& reply, bool with_body, HeadOptions options);
  ApiRequest make_request(RequestHead& head) const;

  const LimitSettings& limits() const noexcept { return services_.settings.limits; }
  void limit_to(Milliseconds time) noexcept {
    stream_.set_limit(std::chrono::steady_clock::now() + time);
  }

  Services& services_;
  Logs& logs_;
  ListenerKind listener_;
  std::string peer_address_;
  Stream stream_;
  std::optional<ClientCertificate> client_certificate_;
  std::string in_;        // octets that came and are not used up
  bool resting_ = false;  // between two requests, nothing of the next one has come
  bool finishing_ = false;
};

}  // namespace sitegate
