#include "routing/remote/site_link.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "routing/remote/http1_exchange.hpp"
#include "routing/remote/http2_connection.hpp"
#include "routing/remote/kept_connections.hpp"
#include "routing/remote/openings.hpp"
#include "routing/remote/site_connector.hpp"

namespace sitegate {
namespace {

using Kind = LinkFailure::Kind;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<WorkerExecutor>{});
// Connections by HTTP/2, per worker and site; each carries many questions.
constexpr std::size_t kMostShared = 32;
constexpr Milliseconds kHouseRound{1000};  // at most so late it is seen that what rests is over

SteadyTime now() {
  return std::chrono::steady_clock::now();
}

struct Question {
  const SiteRequest& request;
  Deadline deadline;
  LookupTrace& trace;
  Cancellation* cancellation;
  bool may_be_repeated() const noexcept { return request.method == "GET"; }
};

/// Of either kind: shared with other questions by HTTP/2, or for one at a time by HTTP/1.1.
struct Opened {
  Http2ConnectionPtr shared;
  LinkConnectionPtr own;
};
using Opening = boost::system::result<Opened, LinkFailure>;

class SiteLink final : public Link {
 public:
  SiteLink(WorkerIo& io, const RemoteSiteSettings& settings, const LimitSettings& limits,
           ssl_ctx_st* context, SiteRecord& record, NameResolver::LookUp look_up)
      : io_(io),
        settings_(settings),
        limits_(limits),
        record_(record),
        kept_(settings.idle_timeout, settings.max_in_flight),  // more were never in use at once
        connector_(io, settings, context, connections_, std::move(look_up)),
        openings_(io),
        house_timer_(io.executor),
        speaks_http2_(settings.links.http2) {
    begin_to_keep_house(Milliseconds{0});
  }

  Awaitable<LinkOutcome> exchange(const SiteRequest& request, Deadline deadline, LookupTrace& trace,
                                  Cancellation* cancellation) override {
    // At most two tries: on what is there already, and on what is opened for it.
    const Question question{request, deadline, trace, cancellation};
    auto known = take_known(question);
    if (known.shared || known.own) {
      const bool shared = known.shared != nullptr;
      const auto begin = now();
      auto attempt = co_await ask(std::move(known), question);
      if (!is_worth_a_retry(attempt, question)) {
        // Not a word: those that have rested for as long may lead to the same nowhere.
        if (!shared && attempt.untouched && !attempt.outcome &&
            attempt.outcome.error().kind == Kind::Late && !is_cancelled(cancellation))
          kept_.drop_silent_since(begin);
        co_return std::move(attempt.outcome);
      }
    }
    auto opened = co_await open(question);
    if (!opened)
      co_return std::move(opened).error();
    if (is_cancelled(cancellation))
      co_return unwanted(std::move(*opened));
    auto attempt = co_await ask(std::move(*opened), question);
    co_return std::move(attempt.outcome);
  }

  void close() noexcept override {
    closed_ = true;
    connector_.close();
    kept_.clear();
    for (auto& connection : connections_) connection.stream.stop();
    openings_.wake();
    house_timer_.cancel();
  }

 private:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock,
                                 asio::wait_traits<std::chrono::steady_clock>, WorkerExecutor>;

  /// A connection that is there; what is no GET goes out on no connection that may have died at
  /// rest.
  Opened take_known(const Question& question) {
    if (auto shared = shared_with_room())
      return {std::move(shared), nullptr};
    return {nullptr, question.may_be_repeated() ? kept_.take(now()) : nullptr};
  }

  Http2ConnectionPtr shared_with_room() const {
    const auto has_room = [at = now()](const auto& known) { return known->room(at) > 0; };
    const auto found = std::ranges::find_if(shared_, has_room);
    return found == shared_.end() ? nullptr : *found;
  }

  /// The connection had died at rest, or did not look at the question: once more, on a fresh one.
  bool is_worth_a_retry(const LinkAttempt& attempt, const Question& question) const {
    return attempt.untouched && !attempt.outcome && attempt.outcome.error().kind == Kind::Cut &&
           question.may_be_repeated() && !question.deadline.passed() && !closed_;
  }

  Awaitable<LinkAttempt> ask(Opened connection, const Question& question) {
    if (connection.shared)
      co_return co_await connection.shared->exchange(question.request, question.deadline,
                                                     question.trace, question.cancellation);
    auto attempt =
        co_await http1_exchange(connection.own->stream, question.request, question.deadline,
                                limits_, question.trace, question.cancellation);
    if (attempt.outcome && !closed_)
      kept_.keep(std::move(connection.own), now());
    co_return attempt;
  }

  LinkOutcome unwanted(Opened connection) {  // by this question; it is as good as any
    if (connection.own && !closed_)
      kept_.keep(std::move(connection.own), now());
    return LinkFailure{Kind::Late, "nobody waits for it any more"};
  }

  /// A connection with room. Towards a site known to speak HTTP/2 one opens it for all who wait;
  /// who then finds that the others took all its room opens one more.
  Awaitable<Opening> open(const Question& question) {
    for (;;) {
      while (speaks_http2_ && openings_.under_way()) {
        const bool woken = co_await openings_.wait(question.deadline, question.cancellation);
        if (closed_)
          co_return LinkFailure{Kind::ShuttingDown, "the gateway is shutting down"};
        if (!woken)
          co_return LinkFailure{Kind::Late, "its time was over before a connection was there"};
        if (auto shared = shared_with_room())
          co_return Opened{std::move(shared), nullptr};
        if (const auto& failure = openings_.failure())
          co_return *failure;
      }
      // Meanwhile one may have become free; a retry does not ask the one that it comes from.
      if (auto shared = shared_with_room())
        co_return Opened{std::move(shared), nullptr};
      if (shared_.size() >= kMostShared)
        co_return LinkFailure{Kind::Refused, "it takes no more questions on so many connections"};
      if (question.deadline.passed())
        co_return LinkFailure{Kind::Late, "its time was over before a connection had room"};
      auto opened = co_await open_one(question);
      if (!opened || !opened->shared || !is_taken(*opened->shared))
        co_return opened;
    }
  }

  /// By others: it takes questions, and has no room for one more now.
  bool is_taken(const Http2Connection& connection) const {
    return connection.room(now()) == 0 && connection.lasts_until(settings_.idle_timeout) > now();
  }

  Awaitable<Opening> open_one(const Question& question) {
    const Openings::Scope opening(openings_);
    auto connected =
        co_await connector_.connect(question.deadline, question.trace, question.cancellation);
    if (!connected) {
      // What ended this one's patience alone says nothing to the others.
      if (!is_cancelled(question.cancellation) && !question.deadline.passed())
        openings_.failed(connected.error());
      co_return std::move(connected).error();
    }
    auto opened = take_in(std::move(*connected));
    if (!opened.shared)
      co_return opened;
    if (auto failure = co_await opened.shared->ready(question.deadline)) {
      if (!question.deadline.passed())
        openings_.failed(*failure);
      co_return *failure;
    }
    co_return opened;
  }

  Opened take_in(LinkConnectionPtr connection) {
    const auto* tls = connection->stream.tls();
    if (const auto shown = tls == nullptr ? std::nullopt : tls->peer_certificate_in_use())
      record_.connected(*shown);
    speaks_http2_ = tls != nullptr && tls->protocol() == "h2";
    if (!speaks_http2_)
      return {nullptr, std::move(connection)};
    shared_.push_back(
        Http2Connection::start(io_, std::move(connection), limits_, settings_.connect_timeout));
    return {shared_.back(), nullptr};
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
      for (const auto& connection : shared_) connection->tidy(now(), settings_.idle_timeout);
      std::erase_if(shared_, [](const auto& connection) { return connection->is_over(); });
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
      if (speaks_http2_ && openings_.under_way())
        co_return;
      const Openings::Scope opening(openings_);
      LookupTrace nobody_looks;
      const auto limit = Deadline::after(settings_.connect_timeout);
      auto connected = co_await connector_.connect(limit, nobody_looks, nullptr);
      if (!connected)
        co_return not_opened(connected.error());
      auto fresh = take_in(std::move(*connected));
      if (fresh.shared)
        if (const auto failure = co_await fresh.shared->ready(limit))
          co_return not_opened(*failure);
      if (closed_)
        co_return;
      if (fresh.own)
        kept_.keep(std::move(fresh.own), now());
    }
  }

  void not_opened(const LinkFailure& failure) {
    openings_.failed(failure);
    record_.failed(failure.kind, unix_milliseconds());
  }

  /// Less than `links.warm` connections, one where questions share them: those in use come back,
  /// those about to end do not count.
  bool is_cold() const {
    const auto life = std::min(settings_.idle_timeout, settings_.links.max_age);
    const auto then = now() + life / 8;
    if (speaks_http2_) {
      const auto lasts = [&](const auto& connection) {
        return connection->lasts_until(settings_.idle_timeout) > then;
      };
      return settings_.links.warm > 0 && std::ranges::none_of(shared_, lasts);
    }
    const auto in_use = connections_.size() - kept_.size();
    return kept_.lasting_until(then) + in_use < settings_.links.warm;
  }

  WorkerIo& io_;
  const RemoteSiteSettings& settings_;
  const LimitSettings& limits_;
  SiteRecord& record_;
  LinkConnections connections_;             // all there are: at rest, in use, under way
  KeptConnections kept_;                    // HTTP/1.1
  std::vector<Http2ConnectionPtr> shared_;  // HTTP/2
  SiteConnector connector_;
  Openings openings_;
  Spread spread_;
  Timer house_timer_;
  SteadyTime next_opening_ = SteadyTime::min();
  bool speaks_http2_;  // as its last connection did; until there was one: may it?
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Link> make_site_link(WorkerIo& io, const RemoteSiteSettings& settings,
                                     const LimitSettings& limits, ssl_ctx_st* context,
                                     SiteRecord& record, NameResolver::LookUp look_up) {
  return std::make_unique<SiteLink>(io, settings, limits, context, record, std::move(look_up));
}

}  // namespace sitegate
