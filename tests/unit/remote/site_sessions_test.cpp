// Sessions of callers at a site, over a link that does what the test says.

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>

#include "routing/remote/remote_site.hpp"
#include "tests/unit/remote/fake_link.hpp"
#include "tests/unit/remote/signed_sites.hpp"

namespace sitegate::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kSession(32, 's');

SiteAnswer logged_in(std::string_view token) {
  SiteAnswer answer{200, {}, R"({"authenticatedSites":[{"site":"theirs","org":"Org2"}]})"};
  answer.fields.add("X-VCAV-Auth", token);
  return answer;
}

class SiteSessions : public SignedSites {
 protected:
  SiteSessions() { make(SiteAuth::Session); }

  void make(SiteAuth auth) {
    settings_.name = "site2";
    settings_.auth = auth;
    settings_.remote_name = "theirs";
    settings_.tls_name = "site2.sitegate.test";
    auto link = std::make_unique<FakeLink>();
    link_ = link.get();
    std::optional<Delegation> delegation;
    if (auth == SiteAuth::Statement)
      delegation.emplace(*signer_, "site1", "theirs", certificate().thumbprint);
    const auto lapsed = [this](const std::string& session, const Extension& extension) {
      EXPECT_EQ(session, kSession);
      lapsed_.push_back(extension.site);
    };
    site_ =
        std::make_unique<RemoteSite>(settings_, "site1", LimitSettings{}, std::move(link),
                                     SiteIdentity("site2", std::move(delegation), sealer_, lapsed),
                                     std::make_shared<std::atomic<std::size_t>>(0), record_);
  }

  template <class T>
  T run(Awaitable<T> work) {
    asio::io_context io;
    std::optional<T> outcome;
    const auto keep = [&outcome](const std::exception_ptr& thrown, T result) {
      EXPECT_FALSE(thrown);
      outcome.emplace(std::move(result));
    };
    asio::co_spawn(io.get_executor(), std::move(work), keep);
    io.run();
    return std::move(*outcome);
  }
  Result<Extension> open(std::string_view operation_id = "op-1") {
    return run(site_->open_session({.session = kSession,
                                    .type = "vcdCredentials",
                                    .body = R"({"type":"vcdCredentials"})",
                                    .operation_id = operation_id,
                                    .deadline = Deadline::after(std::chrono::seconds{5})},
                                   trace_));
  }
  ExtensionsPtr extended(std::string_view token = "token-there") {
    return std::make_shared<const Extensions>(
        Extensions{kSession, {{"site2", "Org2", sealer_.seal(token, kSession, "site2")}}});
  }
  Result<std::string> look_up(ExtensionsPtr extensions) {
    Lookup lookup{*TaskId::parse(kId), viewer_, "op-1", Deadline::after(std::chrono::seconds{5})};
    lookup.extensions = std::move(extensions);
    return run(site_->lookup(lookup, trace_));
  }
  std::vector<std::string> sent(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [field, value] : link_->asked.back().fields)
      if (field == name)
        values.push_back(value);
    return values;
  }

  RemoteSiteSettings settings_;
  std::shared_ptr<SiteRecord> record_ = std::make_shared<SiteRecord>();
  FakeLink* link_ = nullptr;
  std::unique_ptr<RemoteSite> site_;
  const Viewer viewer_ = viewer("admin1@Org1");
  LookupTrace trace_;
  std::vector<std::string> lapsed_;
};

TEST_F(SiteSessions, are_opened_in_nobodys_name_and_kept_sealed) {
  link_->next = logged_in("token-there");
  const auto extension = open();
  ASSERT_TRUE(extension) << extension.error().detail;
  EXPECT_EQ(extension->site, "site2");
  EXPECT_EQ(extension->org, "Org2");
  EXPECT_EQ(sealer_.open(extension->sealed, kSession, "site2"), "token-there");
  EXPECT_EQ(link_->asked[0].method, "POST");
  EXPECT_THAT(sent("Sitegate-Statement"), IsEmpty());
  EXPECT_THAT(sent("X-VCAV-Auth"), IsEmpty());
  EXPECT_THAT(sent("operationID"), ElementsAre("op-1"));
}

TEST_F(SiteSessions, that_are_refused_say_nothing_bad_of_the_site) {
  link_->next = says(401, "NotAuthenticated");
  EXPECT_EQ(open().error().code, ErrorCode::ExtensionRefused);
  EXPECT_FALSE(record_->failure());
  link_->next = says(500, "GeneralServerFailure");
  EXPECT_EQ(open().error().code, ErrorCode::SiteProtocolError);
  EXPECT_FALSE(record_->failure());
}

TEST_F(SiteSessions, are_what_a_lookup_is_asked_with) {
  const auto outcome = look_up(extended());
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_THAT(sent("X-VCAV-Auth"), ElementsAre("token-there"));
  EXPECT_THAT(sent("Sitegate-Statement"), IsEmpty());
}

TEST_F(SiteSessions, go_before_a_statement_where_there_are_both) {
  make(SiteAuth::Statement);
  ASSERT_TRUE(look_up(extended()));
  EXPECT_THAT(sent("X-VCAV-Auth"), ElementsAre("token-there"));
  EXPECT_THAT(sent("Sitegate-Statement"), IsEmpty());
  ASSERT_TRUE(look_up(nullptr));
  EXPECT_THAT(sent("X-VCAV-Auth"), IsEmpty());
  EXPECT_EQ(sent("Sitegate-Statement").size(), 1U);
}

TEST_F(SiteSessions, are_needed_where_statements_are_not_taken_and_the_site_is_not_asked) {
  EXPECT_EQ(look_up(nullptr).error().code, ErrorCode::ExtensionNeeded);
  EXPECT_TRUE(link_->asked.empty());
  EXPECT_FALSE(site_->speaks_for(nullptr));
  EXPECT_TRUE(site_->speaks_for(extended().get()));
}

TEST_F(SiteSessions, that_are_over_there_lapse_here) {
  link_->next = says(401, "NotAuthenticated");
  const auto outcome = look_up(extended());
  EXPECT_EQ(outcome.error().code, ErrorCode::ExtensionNeeded);
  EXPECT_THAT(outcome.error().args, ElementsAre("site2"));
  EXPECT_THAT(lapsed_, ElementsAre("site2"));
  EXPECT_FALSE(record_->failure()) << "the site is well";
}

TEST_F(SiteSessions, lapse_by_401_alone) {
  for (const int status : {403, 404, 429, 500, 503}) {
    link_->next = says(status, "Whatever");
    EXPECT_FALSE(look_up(extended()));
  }
  link_->next = LinkFailure{LinkFailure::Kind::Refused, "gone"};
  EXPECT_FALSE(look_up(extended()));
  EXPECT_THAT(lapsed_, IsEmpty());
}

TEST_F(SiteSessions, of_another_session_do_not_open) {
  auto stolen = *extended();
  stolen.list[0].sealed = sealer_.seal("token", std::string(32, 't'), "site2");
  EXPECT_EQ(look_up(std::make_shared<const Extensions>(stolen)).error().code,
            ErrorCode::ExtensionNeeded);
  EXPECT_TRUE(link_->asked.empty());
  EXPECT_THAT(lapsed_, ElementsAre("site2"));
}

TEST_F(SiteSessions, get_signs_of_life) {
  const auto mine = extended();
  link_->next = SiteAnswer{200, {}, "{}"};
  EXPECT_TRUE(run(site_->keep_alive({viewer_, mine.get()}, "op-1")));
  EXPECT_EQ(link_->asked.back().method, "GET");
  EXPECT_EQ(link_->asked.back().target, "/sessions");
  EXPECT_THAT(sent("X-VCAV-Auth"), ElementsAre("token-there"));
  link_->next = says(401, "NotAuthenticated");
  EXPECT_TRUE(run(site_->keep_alive({viewer_, mine.get()}, "op-1"))) << "there was an answer";
  EXPECT_THAT(lapsed_, ElementsAre("site2"));
  link_->next = LinkFailure{LinkFailure::Kind::Late, ""};
  EXPECT_FALSE(run(site_->keep_alive({viewer_, mine.get()}, "op-1")));
}

TEST_F(SiteSessions, are_not_needed_to_see_whether_a_site_is_there) {
  const auto greet = [this] {
    return run(site_->greet("op-1", Deadline::after(std::chrono::seconds{5}), trace_));
  };
  for (const auto& [status, well] :
       {std::pair{200, true}, {401, true}, {500, false}, {503, false}}) {
    link_->next = says(status, "Whatever");
    EXPECT_EQ(greet().has_value(), well) << status;
    EXPECT_EQ(record_->failure().has_value(), !well) << status;
  }
  EXPECT_THAT(sent("X-VCAV-Auth"), IsEmpty());
  EXPECT_THAT(sent("Sitegate-Statement"), IsEmpty());
}

std::string page_of(std::size_t items, std::size_t total) {
  std::string list;
  for (std::size_t i = 0; i < items; ++i) list += (i > 0 ? "," : "") + document_of(kId);
  return R"({"items":[)" + list + R"(],"total":)" + std::to_string(total) + '}';
}

// CONTRACT row 67: a limit above the server's own is none. Who is no sitegate serves 100 at most.
TEST_F(SiteSessions, list_by_pages_of_a_hundred) {
  const auto mine = extended();
  const auto list = [&](std::size_t offset, std::size_t limit, std::size_t total) {
    link_->asked.clear();
    link_->during = [&, offset, limit, total] {
      const auto from = offset + 100 * (link_->asked.size() - 1);
      const auto there = total > from ? total - from : 0;
      const auto wanted = std::min<std::size_t>(offset + limit - from, 100);
      link_->next = SiteAnswer{200, {}, page_of(std::min(there, wanted), total)};
    };
    TaskQuery query;
    query.offset = offset;
    query.limit = limit;
    ListQuestion question{query, viewer_, "op-1", Deadline::after(std::chrono::seconds{5})};
    question.extensions = mine;
    return run(site_->list(question, trace_));
  };
  auto page = list(0, 1000, 250);
  ASSERT_TRUE(page) << page.error().detail;
  EXPECT_EQ(page->documents.size(), 250U);
  EXPECT_EQ(page->total, 250);
  EXPECT_EQ(link_->asked.size(), 3U);
  EXPECT_EQ(list(0, 1000, 200)->documents.size(), 200U);
  EXPECT_EQ(link_->asked.size(), 2U) << "there is no third one to be asked for";
  EXPECT_EQ(list(0, 1000, 0)->total, 0);
  EXPECT_EQ(link_->asked.size(), 1U);
  EXPECT_EQ(list(100, 50, 5000)->documents.size(), 50U) << "and no more than are wanted";
}

}  // namespace
}  // namespace sitegate::test
