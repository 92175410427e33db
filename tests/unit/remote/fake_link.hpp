#pragma once
// A link that does what the test says.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "routing/remote/link.hpp"

namespace sitegate::test {

inline constexpr std::string_view kId = "f61d60d2-698a-46dc-a266-88df27644956";

inline std::string document_of(std::string_view id) {
  return R"({"id":")" + std::string(id) + "\"}";
}

inline LinkOutcome says(int status, std::string_view code, std::string_view retry_after = {}) {
  HeaderFields fields;
  if (!retry_after.empty())
    fields.add("Retry-After", retry_after);
  return SiteAnswer{
      status, std::move(fields),
      R"({"code":")" + std::string(code) + R"(","args":[],"msg":"","stacktrace":""})"};
}

class FakeLink final : public Link {
 public:
  Awaitable<LinkOutcome> exchange(const SiteRequest& request, Deadline deadline, LookupTrace&,
                                  Cancellation* cancellation) override {
    asked.push_back(request);
    if (during)
      during();
    if (silent) {  // until its time is over, as a real one would be
      Held held(*cancellation);
      held.set_limit(deadline.at);
      asio::steady_timer tick(co_await asio::this_coro::executor);
      const Milliseconds turn{1};
      while (held.limit() > std::chrono::steady_clock::now()) {
        tick.expires_after(turn);
        co_await tick.async_wait(asio::as_tuple(asio::use_awaitable_t<WorkerExecutor>{}));
      }
      ++(cancellation->cancelled() ? cancelled : too_late);
      co_return LinkFailure{LinkFailure::Kind::Late, "silent"};
    }
    if (!at_once) {
      const auto worker = co_await asio::this_coro::executor;
      constexpr asio::use_awaitable_t<WorkerExecutor> kAwait;
      co_await asio::post(worker, kAwait);
    }
    co_return next;
  }
  void close() noexcept override { closed = true; }

  LinkOutcome next = SiteAnswer{200, {}, document_of(kId)};
  std::function<void()> during;
  bool silent = false;
  bool at_once = false;  // without ever suspending
  std::vector<SiteRequest> asked;
  int cancelled = 0;
  int too_late = 0;
  bool closed = false;

 private:
  /// What a cancellation shortens the time of.
  struct Held final : Sweepable {
    explicit Held(Cancellation& by) : scope(&by, *this) {}
    void on_late() noexcept override {}
    Cancellation::Scope scope;
  };
};

}  // namespace sitegate::test
