#include "routing/remote/shared_lookups.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <deque>

#include "routing/remote/remote_site.hpp"
#include "tests/unit/remote/fake_link.hpp"
#include "tests/unit/remote/signed_sites.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;

std::string finished(std::string_view id, std::string_view more = "") {
  return R"({"id":")" + std::string(id) + R"(","state":"SUCCEEDED")" + std::string(more) + "}";
}

/// A site over a link that waits until it is let go, and what is shared of its answers.
class SharedLookupsTest : public SignedSites {
 protected:
  /// Answers when told to.
  class HeldLink final : public Link {
   public:
    explicit HeldLink(WorkerIo& io) : io_(io) {}
    Awaitable<LinkOutcome> exchange(const SiteRequest& request, Deadline, LookupTrace&,
                                    Cancellation*) override {
      ++asked;
      for (const auto& [name, value] : request.fields)
        if (name == "operationID")
          operation_ids.push_back(value);
      auto& waiting = waiting_.emplace_back(io_);
      co_await waiting.wait();
      co_return next;
    }
    void close() noexcept override {}
    void answer() {
      for (auto& waiting : waiting_) waiting.wake();
    }

    LinkOutcome next = SiteAnswer{200, {}, document_of(kId)};
    int asked = 0;
    std::vector<std::string> operation_ids;

   private:
    WorkerIo& io_;
    std::deque<Waiting> waiting_;
  };

  struct Asked {
    std::optional<Result<std::string>> outcome;
    LookupTrace trace;
    std::unique_ptr<Viewer> viewer;
    std::unique_ptr<Lookup> lookup;
  };

  SharedLookupsTest() {
    settings_.name = "site2";
    settings_.remote_name = "theirs";
    settings_.tls_name = "site2.sitegate.test";
    routing_.share_lookups = true;
    auto link = std::make_unique<HeldLink>(io_);
    link_ = link.get();
    site_ = std::make_unique<RemoteSite>(
        settings_, "site1", LimitSettings{}, std::move(link),
        SiteIdentity("site2", Delegation(*signer_, "site1", "theirs", certificate().thumbprint),
                     sealer_, [](const std::string&, const Extension&) {}),
        std::make_shared<std::atomic<std::size_t>>(0), record_, &shared_);
    io_.sweep.start();
  }

  ~SharedLookupsTest() override {
    link_->answer();
    io_.sweep.stop();
    context_.restart();
    context_.run();
  }

  Asked& ask(const Viewer& who, Milliseconds time = 20s, bool shows_queued = false,
             ExtensionsPtr extensions = nullptr) {
    auto& asked = asked_.emplace_back();
    asked.viewer = std::make_unique<Viewer>(who);
    asked.lookup = std::make_unique<Lookup>(Lookup{.id = *TaskId::parse(kId),
                                                   .viewer = *asked.viewer,
                                                   .operation_id = "op",
                                                   .deadline = Deadline::after(time),
                                                   .shows_queued = shows_queued,
                                                   .extensions = std::move(extensions)});
    return begin(asked);
  }

  Asked& begin(Asked& asked) {
    const auto keep = [&asked](const std::exception_ptr& thrown, Result<std::string> found) {
      EXPECT_FALSE(thrown);
      asked.outcome.emplace(std::move(found));
    };
    asio::co_spawn(context_, site_->lookup(*asked.lookup, asked.trace), keep);
    context_.poll();
    context_.restart();
    return asked;
  }

  void answer() {
    link_->answer();
    context_.poll();
    context_.restart();
  }

  asio::io_context context_;
  WorkerIo io_{context_};
  RemoteSiteSettings settings_;
  RoutingSettings routing_;
  SharedLookups shared_{io_, routing_};
  std::shared_ptr<SiteRecord> record_ = std::make_shared<SiteRecord>();
  HeldLink* link_ = nullptr;
  std::unique_ptr<RemoteSite> site_;
  std::deque<Asked> asked_;
  Viewer viewer_ = viewer("admin1@Org1");
};

TEST_F(SharedLookupsTest, the_site_is_asked_once_for_those_that_ask_the_same_meanwhile) {
  const auto& first = ask(viewer_);
  const auto& second = ask(viewer_);
  EXPECT_EQ(link_->asked, 1);
  answer();
  ASSERT_TRUE(first.outcome && second.outcome);
  EXPECT_EQ(first.outcome->value(), document_of(kId));
  EXPECT_EQ(second.outcome->value(), document_of(kId));
  EXPECT_EQ(first.trace.answered_from, AnsweredFrom::Site);
  EXPECT_EQ(second.trace.answered_from, AnsweredFrom::Shared);
  EXPECT_EQ(second.trace.next_hop, "site2");
  EXPECT_EQ(record_->counts.site, 1U);
  EXPECT_EQ(record_->counts.shared, 1U);
  ask(viewer_);
  EXPECT_EQ(link_->asked, 2) << "what is over is shared with nobody";
}

TEST_F(SharedLookupsTest, nothing_is_shared_unless_it_was_wanted) {
  routing_.share_lookups = false;
  ask(viewer_);
  ask(viewer_);
  EXPECT_EQ(link_->asked, 2);
}

TEST_F(SharedLookupsTest, another_user_role_or_session_there_is_another_question) {
  ask(viewer_);
  ask(viewer("admin2@Org1"));
  auto other_org = viewer_;
  other_org.org = "Org2";
  ask(other_org);
  auto more = viewer_;
  more.roles.emplace_back(kRoleAdministrators);
  ask(more);
  EXPECT_EQ(link_->asked, 4);
  const auto session = [](std::string key, std::string sealed) {
    return std::make_shared<Extensions>(
        Extensions{std::move(key), {Extension{"site2", "Org1", std::move(sealed)}}});
  };
  const auto sealed = sealer_.seal("token", "s1", "site2");
  ask(viewer_, 20s, false, session("s1", sealed));
  EXPECT_EQ(link_->asked, 5) << "with a session there, it is not the statement's viewer";
  ask(viewer_, 20s, false, session("s1", sealed));
  EXPECT_EQ(link_->asked, 5);
  ask(viewer_, 20s, false, session("s1", sealer_.seal("token", "s1", "site2")));
  EXPECT_EQ(link_->asked, 6) << "a session that was opened anew is another one";
  ask(viewer_, 20s, true);
  EXPECT_EQ(link_->asked, 7) << "QUEUED is shown to those who know it";
}

TEST_F(SharedLookupsTest, who_follows_keeps_its_own_deadline) {
  const auto& first = ask(viewer_);
  const auto& second = ask(viewer_, 10ms);
  while (!second.outcome) context_.run_one();
  EXPECT_EQ(second.outcome->error().code, ErrorCode::SiteTimeout);
  EXPECT_EQ(second.trace.proxy_error, "http_response_timeout");
  context_.restart();
  answer();
  EXPECT_TRUE(first.outcome->has_value());
}

TEST_F(SharedLookupsTest, what_only_the_leader_had_too_little_of_is_asked_for_again) {
  link_->next = LinkFailure{LinkFailure::Kind::Late, "its time was over"};
  const auto& first = ask(viewer_);
  const auto& second = ask(viewer_);
  const auto& third = ask(viewer_);
  answer();
  EXPECT_EQ(first.outcome->error().code, ErrorCode::SiteTimeout);
  EXPECT_EQ(link_->asked, 3) << "each for itself, at the same time";
  link_->next = SiteAnswer{200, {}, document_of(kId)};
  answer();
  EXPECT_TRUE(second.outcome->has_value());
  EXPECT_TRUE(third.outcome->has_value());
}

TEST_F(SharedLookupsTest, the_sites_own_word_and_its_absence_are_shared) {
  for (const auto& [said, code] :
       {std::pair{says(404, "TaskNotFound"), ErrorCode::TaskNotFound},
        std::pair{LinkOutcome{LinkFailure{LinkFailure::Kind::Refused, "refused"}},
                  ErrorCode::SiteUnavailable}}) {
    link_->next = said;
    const auto& first = ask(viewer_);
    const auto& second = ask(viewer_);
    answer();
    EXPECT_EQ(first.outcome->error().code, code);
    EXPECT_EQ(second.outcome->error().code, code);
    EXPECT_EQ(second.trace.proxy_error, first.trace.proxy_error);
  }
  EXPECT_EQ(link_->asked, 2);
}

TEST_F(SharedLookupsTest, a_lookup_that_others_may_end_early_goes_alone) {
  Cancellation cancellation;
  auto& first = asked_.emplace_back();
  first.lookup = std::make_unique<Lookup>(Lookup{.id = *TaskId::parse(kId),
                                                 .viewer = viewer_,
                                                 .operation_id = "op",
                                                 .deadline = Deadline::after(20s),
                                                 .cancellation = &cancellation});
  begin(first);
  ask(viewer_);
  EXPECT_EQ(link_->asked, 2);
}

TEST_F(SharedLookupsTest, a_finished_task_is_kept_for_its_identity_and_its_time) {
  routing_.keep_finished = 1h;
  link_->next = SiteAnswer{200, {}, finished(kId)};
  ask(viewer_);
  answer();
  const auto& again = ask(viewer_);
  ASSERT_TRUE(again.outcome);
  EXPECT_EQ(again.outcome->value(), finished(kId));
  EXPECT_EQ(again.trace.answered_from, AnsweredFrom::Kept);
  EXPECT_EQ(again.trace.next_hop, "site2");
  EXPECT_EQ(record_->counts.kept, 1U);
  EXPECT_EQ(link_->asked, 1);
  ask(viewer("admin2@Org1"));
  EXPECT_EQ(link_->asked, 2);
}

TEST_F(SharedLookupsTest, a_task_that_runs_is_never_kept) {
  routing_.keep_finished = 1h;
  for (const char* state : {"RUNNING", "QUEUED", "succeeded", "?"}) {
    link_->next =
        SiteAnswer{200, {}, R"({"id":")" + std::string(kId) + R"(","state":")" + state + "\"}"};
    ask(viewer_);
    answer();
  }
  EXPECT_EQ(link_->asked, 4);
  EXPECT_EQ(shared_.kept_octets(), 0U);
}

}  // namespace
}  // namespace sitegate::test
