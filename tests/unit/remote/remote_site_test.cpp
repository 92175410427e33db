// One remote site over a link that does what the test says.

#include "routing/remote/remote_site.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>

#include "tests/unit/remote/fake_link.hpp"
#include "tests/unit/remote/signed_sites.hpp"

namespace sitegate::test {
namespace {

using testing::ElementsAre;
using Kind = LinkFailure::Kind;

class RemoteSiteTest : public SignedSites {
 protected:
  RemoteSiteTest() {
    settings_.name = "site2";
    settings_.remote_name = "theirs";
    settings_.tls_name = "site2.sitegate.test";
    settings_.max_in_flight = 2;
    make();
  }

  void make() {
    auto link = std::make_unique<FakeLink>();
    link_ = link.get();
    site_ = std::make_unique<RemoteSite>(
        settings_, "site1", LimitSettings{}, std::move(link),
        SiteIdentity("site2",
                     Delegation(*signer_, "site1", settings_.remote_name, certificate().thumbprint),
                     sealer_, [](const std::string&, const Extension&) {}),
        in_flight_, record_);
  }

  Result<std::string> look_up() {
    Result<std::string> outcome = make_error(ErrorCode::GeneralServerFailure);
    trace_ = {};
    asio::io_context io;
    const auto keep = [&outcome](const std::exception_ptr& thrown, Result<std::string> found) {
      EXPECT_FALSE(thrown);
      outcome = std::move(found);
    };
    asio::co_spawn(io.get_executor(), site_->lookup(lookup_, trace_), keep);
    io.run();
    return outcome;
  }

  RemoteSiteSettings settings_;
  std::shared_ptr<std::atomic<std::size_t>> in_flight_ =
      std::make_shared<std::atomic<std::size_t>>(0);
  std::shared_ptr<SiteRecord> record_ = std::make_shared<SiteRecord>();
  FakeLink* link_ = nullptr;
  std::unique_ptr<RemoteSite> site_;
  Viewer viewer_ = viewer("admin1@Org1");
  Lookup lookup_{*TaskId::parse(kId), viewer_, "op-1", Deadline::after(std::chrono::seconds{5})};
  LookupTrace trace_;
};

TEST_F(RemoteSiteTest, the_document_is_relayed_and_the_trace_says_who_answered) {
  const auto outcome = look_up();
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(*outcome, R"({"id":")" + std::string(kId) + "\"}");
  EXPECT_EQ(trace_.next_hop, "site2");
  EXPECT_EQ(trace_.ended_by, EndedBy::Site);
  EXPECT_EQ(trace_.proxy_error, "");
}

TEST_F(RemoteSiteTest, the_site_is_asked_under_its_own_name_for_this_viewer) {
  ASSERT_TRUE(look_up());
  ASSERT_EQ(link_->asked.size(), 1U);
  EXPECT_EQ(link_->asked[0].target, "/tasks/" + std::string(kId) + "?site=theirs");
  EXPECT_EQ(link_->asked[0].host, "site2.sitegate.test");
  for (const auto& [name, value] : link_->asked[0].fields)
    if (name == "Sitegate-Statement") {
      const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
      const auto who = peers_->accept(value, certificate(), "theirs", now);
      ASSERT_TRUE(who) << who.error().detail;
      EXPECT_EQ(who->viewer, viewer_);
    }
}

TEST_F(RemoteSiteTest, host_is_the_name_and_the_port_unless_that_is_443) {
  settings_.port = 8541;
  make();
  ASSERT_TRUE(look_up());
  EXPECT_EQ(link_->asked[0].host, "site2.sitegate.test:8541");
  settings_.tls_name = "2001:db8::1";
  make();
  ASSERT_TRUE(look_up());
  EXPECT_EQ(link_->asked[0].host, "[2001:db8::1]:8541");
  settings_.port = 443;
  make();
  ASSERT_TRUE(look_up());
  EXPECT_EQ(link_->asked[0].host, "[2001:db8::1]");
}

TEST_F(RemoteSiteTest, a_failure_of_the_link_is_an_error_and_a_proxy_status) {
  link_->next = LinkFailure{Kind::ForeignIdentity, "certificate has expired"};
  const auto outcome = look_up();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::RemoteAuthenticationFailure);
  EXPECT_THAT(outcome.error().args, ElementsAre("site2"));
  EXPECT_EQ(trace_.proxy_error, "tls_certificate_error");
}

TEST_F(RemoteSiteTest, an_answer_that_is_discarded_is_a_proxy_error) {
  link_->next = SiteAnswer{200, {}, "{}"};
  const auto outcome = look_up();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::SiteProtocolError);
  EXPECT_EQ(trace_.proxy_error, "http_protocol_error");
}

TEST_F(RemoteSiteTest, queued_is_shown_to_those_who_know_it) {
  const auto queued = R"({"id":")" + std::string(kId) + R"(","state":"QUEUED"})";
  link_->next = SiteAnswer{200, {}, queued};
  EXPECT_NE(*look_up(), queued);
  lookup_.shows_queued = true;
  EXPECT_EQ(*look_up(), queued);
}

TEST_F(RemoteSiteTest, over_its_cap_nobody_asks) {
  in_flight_->store(1);
  EXPECT_TRUE(look_up());
  EXPECT_EQ(in_flight_->load(), 1U);
  in_flight_->store(2);
  const auto outcome = look_up();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::SiteUnavailable);
  EXPECT_THAT(outcome.error().args, ElementsAre("site2"));
  EXPECT_GT(outcome.error().retry_after, 0);
  EXPECT_EQ(trace_.proxy_error, "connection_limit_reached");
  EXPECT_EQ(in_flight_->load(), 2U);
  EXPECT_EQ(link_->asked.size(), 1U);
}

TEST_F(RemoteSiteTest, a_place_is_taken_while_the_site_is_asked_and_given_back) {
  std::size_t seen = 0;
  link_->during = [&] { seen = in_flight_->load(); };
  EXPECT_TRUE(look_up());
  EXPECT_EQ(seen, 1U);
  EXPECT_EQ(in_flight_->load(), 0U);
  for (const auto kind :
       {Kind::Unresolved, Kind::Refused, Kind::ConnectTimeout, Kind::ForeignIdentity,
        Kind::IdentityRejected, Kind::TlsBroken, Kind::Cut, Kind::Malformed, Kind::HeadTooLarge,
        Kind::BodyTooLarge, Kind::Late, Kind::ShuttingDown}) {
    link_->next = LinkFailure{kind, ""};
    EXPECT_FALSE(look_up());
    EXPECT_EQ(in_flight_->load(), 0U) << static_cast<int>(kind);
  }
}

TEST_F(RemoteSiteTest, what_comes_of_a_lookup_is_known_of_the_site) {
  link_->next = LinkFailure{Kind::Refused, ""};
  EXPECT_FALSE(look_up());
  ASSERT_TRUE(record_->failure());
  EXPECT_EQ(record_->failure()->reason, "connection_refused");
  link_->next = says(404, "TaskNotFound");
  EXPECT_FALSE(look_up());
  EXPECT_FALSE(record_->failure()) << "it was answered";
  link_->next = says(401, "NotAuthenticated");
  EXPECT_FALSE(look_up());
  EXPECT_EQ(record_->failure()->code, ErrorCode::RemoteAuthenticationFailure);
  EXPECT_EQ(record_->failure()->reason, "received-status=401");
  link_->next = SiteAnswer{200, {}, document_of(kId)};
  EXPECT_TRUE(look_up());
  EXPECT_FALSE(record_->failure());
}

TEST_F(RemoteSiteTest, what_is_not_the_sites_doing_is_not_held_against_it) {
  in_flight_->store(2);
  EXPECT_FALSE(look_up());
  in_flight_->store(0);
  Cancellation cancellation;
  lookup_.cancellation = &cancellation;
  link_->next = LinkFailure{Kind::Late, ""};
  link_->during = [&] { cancellation.cancel(); };
  EXPECT_FALSE(look_up());
  EXPECT_FALSE(record_->failure());
}

TEST_F(RemoteSiteTest, close_closes_the_link) {
  site_->close();
  EXPECT_TRUE(link_->closed);
}

}  // namespace
}  // namespace sitegate::test
