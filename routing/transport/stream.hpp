#pragma once
// A connection's octets, with or without TLS: the socket around the TLS engine. Callers'
// connections and links to sites are both built on it.
//
// One suspension per read event: wait until the socket is readable, receive once, decrypt all of
// it. Writes are collected by write() and sent by flush() in one send. Time limits come from the
// worker's sweep: set_limit() before the operations it shall bound.

#include <optional>
#include <string>
#include <string_view>

#include "contract/async.hpp"
#include "routing/transport/tls_engine.hpp"
#include "routing/transport/worker_io.hpp"

namespace sitegate {

/// How an operation of a stream ended.
enum class StreamEnd : std::uint8_t {
  Ok,
  Closed,    ///< the other side ended it in order (close_notify; without TLS: end of file)
  Cut,       ///< it ended without saying so: reset, end of file under TLS
  Late,      ///< the limit passed
  Stopped,   ///< stop() was called
  TlsFailed  ///< tls_failure() says why
};

/// Not thread-safe: belongs to one worker. One operation at a time, but one may read while another
/// one flushes.
class Stream final : public Sweepable, private Outgoing {
 public:
  /// `engine` absent = plain TCP; `socket` is connected, or closed until connect().
  Stream(WorkerIo& io, Socket socket, std::optional<TlsEngine> engine);

  /// Connects an open socket. Late and Stopped show as operation_aborted.
  Awaitable<boost::system::error_code> connect(Socket socket,
                                               const asio::ip::tcp::endpoint& endpoint);

  /// Before the handshake: waits for octets that are not TLS and appends at most `most` of them.
  Awaitable<StreamEnd> read_in_front(std::string& in, std::size_t most);

  /// Goes through the TLS handshake; at once Ok without TLS.
  Awaitable<StreamEnd> handshake();

  /// Waits for octets and appends all that came to `in`; Ok = at least one.
  Awaitable<StreamEnd> read(std::string& in);

  /// Instead of read(), for who rests: `sleeper` wakes up when there is something to read, the
  /// limit has passed, or the stream was stopped or closed.
  void sleep(Sleeper& sleeper);

  /// The octets at hand end within a TLS record: the rest of it is on its way.
  bool holds_part() const noexcept { return engine_ && engine_->holds_part(); }

  /// Without waiting: appends what has come. Ok = something did, if only a part of a record;
  /// Late = nothing. Also after interrupt(), for a last look.
  StreamEnd read_now(std::string& in);

  /// Without waiting: is this connection, at rest, still good for a next request? Takes in what
  /// came meanwhile (TLS 1.3 tickets); content or an end means no.
  bool still_idle();
  /// The same without asking the system: nothing came up to the last event of any connection.
  bool is_quiet() noexcept;

  /// Takes octets to be sent by the next flush().
  void write(std::string_view plain);
  std::size_t unsent() const noexcept { return output().size(); }

  /// Sends all that was written, with all others that send in this turn. Octets taken by the
  /// other side renew the limit for the rest by `stall`; zero leaves the limit as it is. What limit
  /// is left after the last octet is for the next operation to set.
  Awaitable<StreamEnd> flush(Milliseconds stall = Milliseconds{0});

  /// The same without waiting, as much as the system takes; nullopt: there is more.
  std::optional<StreamEnd> send_now();

  /// Says close_notify, sends what is unsent, reads off what the other side still sends, bounded
  /// by `limit` and `most` octets, and closes: so that the last answer is not lost to a reset.
  Awaitable<> linger(Milliseconds limit, std::size_t most);

  /// Ends the running operation as if its limit had passed.
  void interrupt() noexcept { on_late(); }

  /// After Late: the stream may be used again (to say that it was too late).
  void revive() noexcept { late_ = false; }

  /// Ends the running operation and all later ones with Stopped.
  void stop() noexcept;
  void close() noexcept { polled_.close(); }

  const TlsEngine* tls() const noexcept { return engine_ ? &*engine_ : nullptr; }
  std::optional<TlsFailure> tls_failure() const;
  bool is_open() noexcept { return polled_.socket().is_open(); }
  std::uint64_t octets_sent() const noexcept { return octets_sent_; }

 private:
  void on_late() noexcept override;
  std::optional<StreamEnd> ended() const noexcept;
  bool is_usable() noexcept;
  std::string_view output() const noexcept override;
  void sent(std::size_t n);
  StreamEnd receive(std::string& in, bool& again);
  StreamEnd decrypt(std::string& in);
  StreamEnd say_what_tls_has_to();
  StreamEnd keep_for_later(bool has_content, StreamEnd end);
  Awaitable<bool> readable();

  WorkerIo& io_;
  Polled polled_;
  std::optional<TlsEngine> engine_;
  std::string plain_output_;  // without TLS
  std::uint64_t octets_sent_ = 0;
  std::optional<StreamEnd> pending_end_;
  bool fed_by_handshake_ = false;
  bool write_failed_ = false;
  bool flushing_ = false;
  bool late_ = false;
  bool stopped_ = false;
};

}  // namespace sitegate
