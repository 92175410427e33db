#pragma once
// HTTP/2 on a connection: the session's octets to and from a stream. Both ends are built on it.
//
// One coroutine reads and feeds the session. Whatever anybody submits in one turn of the worker's
// loop leaves in one send: flush_soon() queues a flush behind what is ready to run now.

#include "routing/transport/http2_session.hpp"
#include "routing/transport/stream.hpp"
#include "routing/transport/waiting.hpp"

namespace sitegate {

class Http2Channel {
 public:
  class Events : public Http2Session::Events {
   public:
    /// All that was said before is with the system (`taken`), or lost with the connection.
    virtual void on_flushed(bool taken) = 0;

   protected:
    ~Events() = default;
  };

  /// After the handshake. `stall`: a connection that takes no octet of ours for so long ends. The
  /// arguments outlive the channel.
  Http2Channel(WorkerIo& io, Stream& stream, Http2Session::Role role, const Http2Limits& limits,
               Milliseconds stall, Events& events);

  /// Reads until the connection ends, or all is said on it. Everything that flush_soon() began has
  /// come to its end by then. Started once; the channel lives as long as this runs.
  Awaitable<StreamEnd> run();

  /// To be called after anything was done to the session.
  void flush_soon();

  /// When the connection is to end by itself. A stall may end it before.
  void set_limit(SteadyTime at) noexcept;

  /// Ends run() with the next turn; what is said by then is still sent. For a session that is over.
  void finish() noexcept { stream_.interrupt(); }

  Http2Session& session() noexcept { return session_; }
  const Http2Session& session() const noexcept { return session_; }
  /// Octets are read and sent; false: the connection is ending.
  bool is_running() const noexcept { return running_; }
  SteadyTime heard() const noexcept { return heard_; }  ///< when octets came last

 private:
  Awaitable<StreamEnd> read_until_end();
  void flush();
  Awaitable<> flush_slowly();
  std::optional<StreamEnd> send_more();
  void flush_ended(StreamEnd end);

  WorkerIo& io_;
  Stream& stream_;
  Milliseconds stall_;
  Events& events_;
  Http2Session session_;
  Waiting flushed_;
  SteadyTime heard_;
  SteadyTime limit_ = SteadyTime::max();
  bool flushing_ = false;
  bool running_ = true;
};

}  // namespace sitegate
