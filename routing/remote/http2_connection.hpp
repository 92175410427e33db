#pragma once
// A connection to a site that speaks HTTP/2: many questions at once, each ended alone. Which
// connections there are is the link's business (site_link.hpp).

#include <memory>
#include <unordered_map>

#include "config/settings.hpp"
#include "routing/remote/kept_connections.hpp"
#include "routing/remote/link_attempt.hpp"
#include "routing/transport/http2_channel.hpp"

namespace sitegate {

class Http2Connection;
using Http2ConnectionPtr = std::shared_ptr<Http2Connection>;

class Http2Connection final : public std::enable_shared_from_this<Http2Connection>,
                              private Http2Channel::Events {
 public:
  /// `connection` has finished its handshake with ALPN h2. `patience`: how long a site may take no
  /// octet, or answer no PING, before it counts as gone. `limits` outlives the connection.
  static Http2ConnectionPtr start(WorkerIo& io, LinkConnectionPtr connection,
                                  const LimitSettings& limits, Milliseconds patience);

  Http2Connection(WorkerIo& io, LinkConnectionPtr connection, const LimitSettings& limits,
                  Milliseconds patience);

  /// Waits until the site has said how many questions it takes; or why that did not come. Called
  /// once, by whoever opened it.
  Awaitable<std::optional<LinkFailure>> ready(Deadline deadline);

  /// Asks and waits for the whole answer, within `limits` and before `deadline`; what is late is
  /// reset alone. The arguments outlive the call.
  Awaitable<LinkAttempt> exchange(const SiteRequest& request, Deadline deadline, LookupTrace& trace,
                                  Cancellation* cancellation);

  /// How many more questions it takes now. None when it is old, ends, or is doubted.
  std::size_t room(SteadyTime now) const noexcept;

  /// Until when it takes questions, as far as it depends on us; `idle` is for how long it may rest.
  SteadyTime lasts_until(Milliseconds idle) const noexcept;

  /// Once in a while: asks a site that is silent for a sign of life, gives up one that gave none,
  /// and closes what has rested for `idle` or is too old and has nothing to do.
  void tidy(SteadyTime now, Milliseconds idle);

  bool is_over() const noexcept { return over_; }

 private:
  struct Exchange;
  class Listed;

  Awaitable<> run();
  Http2Session::StreamId ask(const SiteRequest& request, Deadline deadline);
  void doubt(SteadyTime now);
  void answered(Exchange& exchange, LinkAttempt attempt);
  Exchange* find(Http2Session::StreamId stream) noexcept;

  void on_head(Http2Session::StreamId stream, Http2Head head, bool ends) override;
  void on_content(Http2Session::StreamId stream, std::string_view octets) override;
  void on_message_end(Http2Session::StreamId stream) override;
  void on_stream_end(Http2Session::StreamId stream, Http2Error error) override;
  void on_sent(Http2Session::StreamId stream, std::size_t octets, bool ends) override;
  void on_flushed(bool) override {}
  void on_pong() override { doubted_since_.reset(); }
  void on_settings() override {
    is_settled_ = true;
    settled_.wake();
  }

  WorkerIo& io_;
  LinkConnectionPtr connection_;
  const LimitSettings& limits_;
  Milliseconds patience_;
  Http2Channel channel_;
  std::unordered_map<Http2Session::StreamId, Exchange*> exchanges_;  // each on its coroutine
  Waiting settled_;
  SteadyTime rests_since_;
  SteadyTime busy_since_{};
  std::optional<SteadyTime> doubted_since_;  // a PING is under way
  SteadyTime full_until_{};                  // it refuses questions
  bool is_settled_ = false;                  // the site has said how many questions it takes
  bool leaving_ = false;                     // it was told so
  bool gone_ = false;                        // it was not answered
  bool over_ = false;
  std::optional<LinkFailure> end_;  // how it ended
};

}  // namespace sitegate
