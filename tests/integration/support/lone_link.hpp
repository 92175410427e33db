#pragma once
// A link to site2 without a gateway around it: its worker is the test's own thread, its name
// look-up what the test says.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "routing/remote/site_link.hpp"
#include "routing/transport/tls_context.hpp"
#include "tests/integration/support/hop.hpp"

namespace sitegate::test {

inline asio::ip::tcp::endpoint endpoint_of(std::uint16_t port) {
  return {asio::ip::make_address(Wire::address()), port};
}

class LoneLink {
 public:
  /// What is to change of the settings, before the link is made.
  using Change = std::function<void(RemoteSiteSettings&)>;

  /// `addresses` gets the number of the look-up, from 1 on.
  explicit LoneLink(std::function<std::vector<asio::ip::tcp::endpoint>(int)> addresses,
                    const Change& change = {})
      : settings_(remote_site("site2", 1)) {
    settings_.host = "site2.sitegate.test";
    if (change)
      change(settings_);
    Problems problems;
    context_ = make_client_context(settings_, problems);
    const auto look_up = [count = look_ups_, addresses = std::move(addresses)](
                             const std::string&, std::uint16_t) -> NameResolver::Answer {
      return {addresses(++*count), "the test says so"};
    };
    link_ = make_site_link(wire_, settings_, limits_, context_.get(), record_, look_up);
    wire_.sweep.start();
  }
  explicit LoneLink(const FakeSite& site, const Change& change = {})
      : LoneLink([port = site.port()](int) { return std::vector{endpoint_of(port)}; }, change) {}

  ~LoneLink() {
    if (!closed_)
      close();
  }
  LoneLink(const LoneLink&) = delete;
  LoneLink& operator=(const LoneLink&) = delete;

  /// As a worker ends: everything the link has under way must come to its end by itself.
  void close() {
    closed_ = true;
    link_->close();
    wire_.sweep.stop();
    io_.restart();
    io_.run();
  }

  /// Works until `done`, or until no test should take any longer.
  testing::AssertionResult work_until(const std::function<bool()>& done) {
    const auto limit = Deadline::after(std::chrono::seconds{30});
    while (!done()) {
      if (limit.passed())
        return testing::AssertionFailure() << "it did not come to that";
      io_.restart();
      io_.run_one_for(Milliseconds{20});
    }
    return testing::AssertionSuccess();
  }

  using Asked = std::shared_ptr<std::optional<LinkOutcome>>;

  /// Begins a lookup; its outcome comes with work_until().
  Asked begin_ask(Milliseconds time = std::chrono::seconds{20}) {
    auto asked = std::make_shared<std::optional<LinkOutcome>>();
    auto trace = std::make_shared<LookupTrace>();
    const auto keep = [asked, trace](const std::exception_ptr& thrown, LinkOutcome outcome) {
      EXPECT_FALSE(thrown);
      *asked = std::move(outcome);
    };
    asio::co_spawn(io_, link_->exchange(request_, Deadline::after(time), *trace, nullptr), keep);
    return asked;
  }

  LinkOutcome ask(Milliseconds time = std::chrono::seconds{20}) {
    const auto asked = begin_ask(time);
    EXPECT_TRUE(work_until([&] { return asked->has_value(); }));
    return std::move(asked->value());
  }

  /// 200, or what failed.
  static std::string shown(const LinkOutcome& outcome) {
    if (outcome)
      return std::to_string(outcome->status);
    return "failure " + std::to_string(static_cast<int>(outcome.error().kind)) + ": " +
           outcome.error().detail;
  }

  int look_ups() const { return *look_ups_; }

 private:
  asio::io_context io_;
  WorkerIo wire_{io_};
  RemoteSiteSettings settings_;
  LimitSettings limits_;
  TlsContext context_;
  SiteRecord record_;
  std::shared_ptr<std::atomic<int>> look_ups_ = std::make_shared<std::atomic<int>>(0);
  SiteRequest request_{"/tasks/" + kTaskId, "site2.sitegate.test", {}};
  std::unique_ptr<Link> link_;
  bool closed_ = false;
};

}  // namespace sitegate::test
