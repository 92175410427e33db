#pragma once
// One connection of a caller (or of a peer site, or of an operator): who it is, what is spoken on
// it, and its end.

#include <boost/intrusive/list.hpp>
#include <memory>

#include "gateway/caller_side.hpp"

namespace sitegate {

class CallerConnection;
using ConnectionList =
    boost::intrusive::list<CallerConnection, boost::intrusive::constant_time_size<false>>;

class CallerConnection final : public boost::intrusive::list_base_hook<
                                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
                               private Sleeper {
 public:
  CallerConnection(WorkerIo& io, Services& services, Logs& logs, Entrance entrance, Socket socket,
                   std::optional<TlsEngine> engine);

  /// Begins with the handshake, or goes on after a sleep. The connection keeps itself to its end.
  static void start(std::shared_ptr<CallerConnection> self);

  /// Ends after the requests that run; at once when it rests between two and nothing of the next
  /// one has come; soon when it has not asked anything yet.
  void finish() noexcept;

  /// Ends at once, whatever runs.
  void abort() noexcept { stream_.stop(); }

 private:
  static Awaitable<> serve(std::shared_ptr<CallerConnection> self);
  void wake_up() override;
  Awaitable<bool> read_proxy_header();
  Awaitable<> open();
  void converse();

  Logs& logs_;
  Entrance entrance_;
  Stream stream_;
  std::unique_ptr<const ClientCertificate> client_certificate_;  // few have one
  CallerSide side_;
  std::unique_ptr<Conversation> conversation_;  // once the handshake is through
  std::shared_ptr<CallerConnection> sleeping_;  // itself, when no coroutine keeps it
  bool finishing_ = false;
};

}  // namespace sitegate
