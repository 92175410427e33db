// What callers keep and ask for again, here and at another site (CONTRACT 0.1 "Caching").

#include <gtest/gtest.h>

#include "tests/integration/support/hop.hpp"
#include "tests/integration/support/peers_listener.hpp"
#include "tests/integration/support/site_rows.hpp"

namespace sitegate::test {
namespace {

Fields with(Fields fields, const std::string& name, const std::string& value) {
  fields.emplace_back(name, value);
  return fields;
}

std::string long_result() {
  return std::string(3000, 'r');
}

class LocalCaching : public testing::Test {
 protected:
  void put(std::string_view result = "done") {
    site1_.put_task(kTaskId, task_document(kTaskId, "admin1@Org1", "site1", result));
  }

  TestGateway site1_;
  const Fields owner_ = site1_.login("admin1@Org1");
  const std::string target_ = "/tasks/" + kTaskId;
};

TEST_F(LocalCaching, what_is_unchanged_is_not_sent_again) {
  put();
  auto client = site1_.client();
  const auto whole = client.get(target_, owner_);
  const auto tag = whole.field("ETag");
  ASSERT_EQ(tag.size(), 24U) << whole.head;
  for (const char* method : {"GET", "HEAD", "GET"}) {  // on one connection: nothing follows them
    const auto same = client.ask(method, target_, with(owner_, "If-None-Match", tag));
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.field("ETag"), tag);
    EXPECT_EQ(same.field_names(),
              (std::vector<std::string>{"Date", "Cache-Control", "Vary", "ETag", "operationID",
                                        "X-Request-Id", "X-Content-Type-Options"}));
  }
  EXPECT_EQ(client.get(target_, with(owner_, "If-None-Match", "\"" + tag)).body, whole.body);
}

TEST_F(LocalCaching, another_user_has_no_use_of_the_right_tag) {
  put();
  const auto tag = site1_.get(target_, owner_).field("ETag");
  const auto other = site1_.login("admin1@Org2");
  for (const auto& named : {tag, std::string("*")})
    for (const char* coding : {"identity", "gzip, identity;q=0"}) {
      const auto fields = with(with(other, "If-None-Match", named), "Accept-Encoding", coding);
      auto client = site1_.client();
      const auto hidden = client.get(target_, fields);
      auto absent = client.get("/tasks/" + task_id(99), fields).without_ids();
      for (auto at = absent.find(task_id(99)); at != std::string::npos;
           at = absent.find(task_id(99)))
        absent.replace(at, kTaskId.size(), kTaskId);
      EXPECT_EQ(hidden.status, 404);
      EXPECT_EQ(hidden.without_ids(), absent);
      EXPECT_EQ(hidden.field("ETag"), "");
    }
  EXPECT_EQ(site1_.get(target_, {{"If-None-Match", tag}}).status, 401);
  EXPECT_EQ(site1_.get(target_, with(site1_.login("root"), "If-None-Match", tag)).status, 304)
      << "who may see it may be told that it is unchanged";
}

TEST_F(LocalCaching, in_gzip_head_says_what_get_says) {
  put(long_result());
  auto client = site1_.client();
  const auto fields = with(owner_, "Accept-Encoding", "gzip");
  const auto get = client.get(target_, fields);
  const auto head = client.ask("HEAD", target_, fields);
  EXPECT_EQ(get.field("Content-Encoding"), "gzip");
  EXPECT_LT(get.body.size(), 1000U);
  EXPECT_EQ(head.without_ids() + get.body, get.without_ids());
  EXPECT_EQ(client.get(target_, with(fields, "If-None-Match", get.field("ETag"))).status, 304);
}

TEST(RemoteCaching, goes_by_our_tag_of_what_the_site_answers_now) {
  const auto changed = task_document(kTaskId, "admin1@Org1", "site2", "changed");
  const auto theirs = [](std::string_view document) {
    return answer_text(200, document, "ETag: \"theirs\"\r\nContent-Encoding: identity\r\n");
  };
  const FakeSite site2(answering_in_turn(
      {theirs(asked_task()), theirs(asked_task()), theirs(asked_task()), theirs(changed)}));
  const Hop hop(site2.port());
  auto client = hop.site1().client();
  const auto whole = client.get(Hop::target(), hop.caller());
  const auto tag = whole.field("ETag");
  const auto ask = [&](const std::string& named) {
    return client.get(Hop::target(),
                      with(with(hop.caller(), "If-None-Match", named), "Accept-Encoding", "gzip"));
  };
  EXPECT_EQ(ask("\"theirs\"").status, 200) << "it is not relayed, so nobody has it";
  const auto same = ask(tag);
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.field("Proxy-Status"), "sitegate-site1; next-hop=\"site2\"; received-status=200");
  const auto now = ask(tag);
  EXPECT_EQ(now.body, changed);
  EXPECT_NE(now.field("ETag"), tag);
  for (const auto& request : site2.requests()) {
    const auto head = lower_case(request);
    EXPECT_EQ(head.find("if-none-match"), std::string::npos) << "the site is asked for the task";
    EXPECT_EQ(head.find("accept-encoding"), std::string::npos);
  }
}

TEST(RemoteCaching, what_the_site_does_not_show_is_an_error_whatever_the_caller_has) {
  const FakeSite site2(
      answering_in_turn({ok(asked_task()), error_answer(404, "TaskNotFound"),
                         error_answer(503, "Overloaded"), error_answer(401, "NotAuthenticated")}));
  const Hop hop(site2.port());
  const auto tag = hop.ask().field("ETag");
  for (const int status : {404, 503, 401}) {
    const auto answer =
        hop.site1().get(Hop::target(), with(hop.caller(), "If-None-Match", tag + ", *"));
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.field("ETag"), "");
  }
}

TEST_F(PeersListener, sends_the_document_as_it_is) {
  auto client = site1();
  auto fields = stating(claims());
  fields.emplace_back("If-None-Match", "*");
  fields.emplace_back("Accept-Encoding", "gzip, identity;q=0");
  const auto answer = client.get(target(), fields);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, task_document(kTaskId, "admin1@Org1", "site2"));
  EXPECT_EQ(answer.field("ETag"), "");
  EXPECT_EQ(answer.field("Content-Encoding"), "");
}

}  // namespace
}  // namespace sitegate::test
