#include "routing/remote/http1_link.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "routing/remote/http1_exchange.hpp"
#include "routing/remote/kept_connections.hpp"
#include "routing/remote/site_connector.hpp"

namespace sitegate {
namespace {

using Kind = LinkFailure::Kind;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<WorkerExecutor>{});
constexpr Milliseconds kHouseRound{1000};  // at most so late it is seen that what rests is over

SteadyTime now() {
  return std::chrono::steady_clock::now();
}

class Http1Link final : public Link {
 public:
  Http1Link(WorkerIo& io, const RemoteSiteSettings& settings, const LimitSettings& limits,
            ssl_ctx_st* context, SiteRecord& record, NameResolver::LookUp look_up)
      : settings_(settings),
        limits_(limits),
        record_(record),
        kept_(settings.idle_timeout),
        connector_(io, settings, context, connections_, std::move(look_up)),
        house_timer_(io.executor) {
    begin_to_keep_house(Milliseconds{0});
  }

  Awaitable<LinkOutcome> exchange(const SiteRequest& request, Deadline deadline, LookupTrace& trace,
                                  Cancellation* cancellation) override {
    const auto begin = now();
    const bool may_repeat = request.method == "GET";
    if (auto kept = may_repeat ? kept_.take(begin) : nullptr) {
      auto first = co_await ask(*kept, request, deadline, trace, cancellation);
      if (!is_worth_a_retry(first, deadline)) {
        // Not a word: those that have rested for as long may lead to the same nowhere.
        if (first.untouched && !first.outcome && first.outcome.error().kind == Kind::Late &&
            !is_cancelled(cancellation))
          kept_.drop_silent_since(begin);
        co_return finish(std::move(kept), std::move(first.outcome));
      }
    }
    auto connected = co_await connector_.connect(deadline, trace, cancellation);
    if (!connected)
      co_return std::move(connected).error();
    remember(**connected);
    if (is_cancelled(cancellation))
      co_return unwanted(std::move(*connected));
    auto attempt = co_await ask(**connected, request, deadline, trace, cancellation);
    co_return finish(std::move(*connected), std::move(attempt.outcome));
  }

  void close() noexcept override {
    closed_ = true;
    connector_.close();
    kept_.clear();
    for (auto& connection : connections_) connection.stream.stop();
    house_timer_.cancel();
  }

 private:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock,
                                 asio::wait_traits<std::chrono::steady_clock>, WorkerExecutor>;

  /// The connection had died at rest: once more, on a fresh one.
  static bool is_worth_a_retry(const Http1Attempt& attempt, Deadline deadline) {
    return attempt.untouched && !attempt.outcome && attempt.outcome.error().kind == Kind::Cut &&
           !deadline.passed();
  }

  Awaitable<Http1Attempt> ask(LinkConnection& connection, const SiteRequest& request,
                              Deadline deadline, LookupTrace& trace, Cancellation* cancellation) {
    return http1_exchange(connection.stream, request, deadline, limits_, trace, cancellation);
  }

  LinkOutcome finish(LinkConnectionPtr connection, LinkOutcome outcome) {
    if (outcome && !closed_)
      kept_.keep(std::move(connection), now());
    return outcome;
  }

  /// Nobody waits for the answer any more, but the connection is as good as any.
  LinkOutcome unwanted(LinkConnectionPtr connection) {
    if (!closed_)
      kept_.keep(std::move(connection), now());
    return LinkFailure{Kind::Late, "nobody waits for it any more"};
  }

  void remember(const LinkConnection& connection) {
    const auto* tls = connection.stream.tls();
    if (const auto shown = tls == nullptr ? std::nullopt : tls->peer_certificate_in_use())
      record_.connected(*shown);
  }

  void begin_to_keep_house(Milliseconds pause) {
    const auto on_end = [this](const std::exception_ptr& thrown) {
      if (!thrown)
        return;
      begin_to_keep_house(kHouseRound);
      std::rethrow_exception(thrown);  // to the worker, which says so
    };
    asio::co_spawn(house_timer_.get_executor(), keep_house(pause), on_end);
  }

  /// Until close(): what rests is looked after, and what is missing is opened.
  Awaitable<> keep_house(Milliseconds pause) {
    for (;;) {
      house_timer_.expires_after(pause);
      if (!closed_)
        co_await house_timer_.async_wait(kAwait);
      if (closed_)
        co_return;
      kept_.tidy(now());
      if (next_opening_ <= now() && is_cold()) {
        // Counted from its begin and whatever becomes of it: a site that is gone, or that ends
        // every connection, is not hammered.
        next_opening_ = now() + spread_.of(settings_.links.retry);
        co_await open_missing();
      }
      pause = spread_.of(std::min(kHouseRound, settings_.links.retry));
    }
  }

  Awaitable<> open_missing() {
    for (std::size_t opened = 0; opened < settings_.links.warm && is_cold() && !closed_; ++opened) {
      LookupTrace nobody_looks;
      const auto limit = Deadline::after(settings_.connect_timeout);
      auto connected = co_await connector_.connect(limit, nobody_looks, nullptr);
      if (!connected)
        record_.failed(connected.error().kind, unix_milliseconds());
      else
        remember(**connected);
      if (!connected || closed_)
        co_return;
      kept_.keep(std::move(*connected), now());
    }
  }

  /// Less than `links.warm` connections: those in use come back, those about to end do not count.
  bool is_cold() const {
    const auto in_use = connections_.size() - kept_.size();
    const auto life = std::min(settings_.idle_timeout, settings_.links.max_age);
    return kept_.lasting_until(now() + life / 8) + in_use < settings_.links.warm;
  }

  const RemoteSiteSettings& settings_;
  const LimitSettings& limits_;
  SiteRecord& record_;
  LinkConnections connections_;  // all there are: at rest, in use, under way
  KeptConnections kept_;
  SiteConnector connector_;
  Spread spread_;
  Timer house_timer_;
  SteadyTime next_opening_ = SteadyTime::min();
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Link> make_http1_link(WorkerIo& io, const RemoteSiteSettings& settings,
                                      const LimitSettings& limits, ssl_ctx_st* context,
                                      SiteRecord& record, NameResolver::LookUp look_up) {
  return std::make_unique<Http1Link>(io, settings, limits, context, record, std::move(look_up));
}

}  // namespace sitegate
