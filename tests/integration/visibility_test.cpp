// Nobody sees what is not theirs, whichever way they ask: random users and tasks at two sites,
// against a model of who may see what.

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>

#include "tests/integration/support/hop.hpp"

namespace sitegate::test {
namespace {

constexpr unsigned kSeed = 20261123;
constexpr unsigned kIds = 24;
constexpr int kQuestions = 400;

// Accounts at both sites.
const std::vector<std::string> kCallers{"root",        "admin1@Org1", "admin1@Org2",     "admin1",
                                        "Admin1@Org1", "admin1@org1", "admin1@Org1@Org2"};
// The last two are nobody who logs in.
const std::vector<std::string> kOwners{
    "root",        "admin1@Org1",      "admin1@Org2",  "admin1", "Admin1@Org1",
    "admin1@org1", "admin1@Org1@Org2", "admin1@Org1 ", "Org1"};

/// What one site keeps: id to owner.
using Kept = std::map<std::string, std::string>;

class Visibility : public testing::TestWithParam<bool> {
 protected:
  template <class List>
  const typename List::value_type& any_of(const List& list) {
    return list[std::uniform_int_distribution<std::size_t>(0, list.size() - 1)(random_)];
  }
  std::string any_id() {
    return task_id(std::uniform_int_distribution<unsigned>(0, kIds)(random_));
  }

  static PeerSettings site1_as_peer() {
    auto made = peer("site1");
    if (GetParam())
      made.roles = {{"ADMINISTRATORS", "ADMINISTRATORS"}};
    return made;
  }

  Kept fill(TestGateway& site, const std::string& name) {
    Kept kept;
    for (unsigned n = 0; n < kIds; ++n) {
      if (std::bernoulli_distribution(0.3)(random_))
        continue;  // absent here, maybe not there
      const auto id = task_id(n);
      kept[id] = any_of(kOwners);
      site.put_task(id, task_document(id, kept[id], name, name));
    }
    return kept;
  }

  std::mt19937 random_{kSeed};
  TestGateway site2_{{.name = "site2", .peers = {site1_as_peer()}, .workers = 2}};
  TestGateway site1_{
      {.sites = {remote_site("site2", site2_.port(ListenerKind::Peers))}, .workers = 2}};
};

TEST_P(Visibility, is_the_owners_and_the_administrators_and_nobody_elses) {
  const auto here = fill(site1_, "site1");
  const auto there = fill(site2_, "site2");
  std::map<std::string, Fields> tokens;
  for (const auto& caller : kCallers) tokens[caller] = site1_.login(caller);
  auto client = site1_.client();
  int seen = 0;
  for (int i = 0; i < kQuestions; ++i) {
    const auto caller = any_of(kCallers);
    const auto id = any_id();
    const auto site = any_of(std::vector<std::string>{"", "site1", "site2"});
    const bool head = std::bernoulli_distribution(0.2)(random_);
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ": " + caller + " asks '" + site + "' for " +
                 id);

    const auto sees = [&](const Kept& kept, bool administrator) {
      const auto task = kept.find(id);
      return task != kept.end() && (task->second == caller || (administrator && caller == "root"));
    };
    // Without `site`: here, and where it is not seen here, at site2.
    const bool remote = site == "site2" || (site.empty() && !sees(here, true));
    const bool visible = remote ? sees(there, GetParam()) : sees(here, true);
    const auto task = remote ? there.find(id) : here.find(id);

    const auto target = "/tasks/" + id + (site.empty() ? "" : "?site=" + site);
    const auto answer = client.ask(head ? "HEAD" : "GET", target, tokens[caller]);
    ASSERT_EQ(answer.status, visible ? 200 : 404) << answer.body;
    if (head)
      EXPECT_EQ(answer.body, "");
    else if (visible)
      EXPECT_EQ(answer.body, task_document(id, task->second, remote ? "site2" : "site1",
                                           remote ? "site2" : "site1"));
    else
      EXPECT_EQ(answer.api_error().code, "TaskNotFound");
    seen += visible;
  }
  EXPECT_GT(seen, kQuestions / 20);  // the model is no desert
}

TEST_P(Visibility, ends_with_the_session) {
  site1_.put_task(kTaskId, task_document(kTaskId, "admin1@Org1", "site1"));
  site2_.put_task(kTaskId, task_document(kTaskId, "admin1@Org1", "site2"));
  const auto token = site1_.login("admin1@Org1");
  EXPECT_EQ(site1_.get("/tasks/" + kTaskId, token).status, 200);
  EXPECT_EQ(site1_.get(Hop::target(), token).status, 200);
  EXPECT_EQ(site1_.client().ask("DELETE", "/sessions", token).status, 204);
  for (int i = 0; i < 4; ++i) {  // on every worker
    EXPECT_EQ(site1_.get("/tasks/" + kTaskId, token).status, 401);
    EXPECT_EQ(site1_.get(Hop::target(), token).status, 401);
  }
}

INSTANTIATE_TEST_SUITE_P(RemoteAdministrators, Visibility, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& row) {
                           return row.param ? "mapped" : "not_mapped";
                         });

}  // namespace
}  // namespace sitegate::test
