// Connections to a site that are kept, and what a dying one costs: one more try at most, and only
// before an octet of the answer.

#include <gtest/gtest.h>

#include <ostream>

#include "tests/integration/support/site_rows.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;

TEST(KeptConnection, serves_one_lookup_after_the_other) {
  const FakeSite site2(answering(document_answer()));
  const Hop hop(site2.port());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(hop.ask().body, asked_task());
  EXPECT_EQ(site2.connections(), 1U);
}

TEST(KeptConnection, ends_where_the_site_says_close) {
  const FakeSite site2(answering(answer_text(200, asked_task(), "Connection: close\r\n")));
  const Hop hop(site2.port());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(hop.ask().body, asked_task());
  EXPECT_EQ(site2.connections(), 2U);
}

TEST(KeptConnection, ends_with_octets_behind_an_answer_and_they_answer_nobody) {
  const auto poison = answer_text(200, task_document(kTaskId, "somebody else", "site2"));
  const FakeSite site2(answering(document_answer() + poison));
  const Hop hop(site2.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(hop.ask().body, asked_task());
  EXPECT_EQ(site2.connections(), 3U);
}

struct Death {
  std::string name;
  FakeSite::Script dies;
};

void PrintTo(const Death& death, std::ostream* out) {
  *out << death.name;
}

const Death kDeaths[] = {
    {"in_order", [](SiteConnection&) {}},
    {"cut", [](SiteConnection& connection) { connection.cut(); }},
    {"reset", [](SiteConnection& connection) { connection.reset(); }},
};

std::string name_of_death(const testing::TestParamInfo<Death>& row) {
  return row.param.name;
}

class DyingConnection : public testing::TestWithParam<Death> {};

TEST_P(DyingConnection, before_an_octet_costs_one_more_try_on_a_fresh_one) {
  const FakeSite site2(dying_after_one(GetParam().dies, answering(document_answer())));
  const Hop hop(site2.port());
  EXPECT_EQ(hop.ask().body, asked_task());
  EXPECT_EQ(hop.ask().body, asked_task());
  EXPECT_EQ(site2.connections(), 2U);
  EXPECT_EQ(site2.requests().size(), 3U);
}

TEST_P(DyingConnection, is_not_followed_by_a_second_retry) {
  const auto dies = GetParam().dies;
  const FakeSite site2(dying_after_one(dies, [dies](SiteConnection& connection) {
    if (!connection.next_request().empty())
      dies(connection);
  }));
  const Hop hop(site2.port());
  EXPECT_EQ(hop.ask().body, asked_task());
  expect_error(hop.ask(), protocol_error("http_response_incomplete"));
  EXPECT_EQ(site2.connections(), 2U);
  EXPECT_EQ(site2.requests().size(), 3U);
}

TEST_P(DyingConnection, that_was_fresh_is_not_tried_again) {
  const auto dies = GetParam().dies;
  const FakeSite site2([dies](SiteConnection& connection) {
    if (!connection.next_request().empty())
      dies(connection);
  });
  expect_error(Hop(site2.port()).ask(), protocol_error("http_response_incomplete"));
  EXPECT_EQ(site2.connections(), 1U);
}

TEST_P(DyingConnection, after_the_first_octet_is_not_tried_again) {
  const auto dies = GetParam().dies;
  const auto one_octet = [dies](SiteConnection& connection) {
    connection.send("H");
    dies(connection);
  };
  const FakeSite site2(dying_after_one(one_octet, answering(document_answer())));
  const Hop hop(site2.port());
  EXPECT_EQ(hop.ask().body, asked_task());
  expect_error(hop.ask(), protocol_error("http_response_incomplete"));
  EXPECT_EQ(site2.connections(), 1U);
  EXPECT_EQ(hop.ask().body, asked_task());  // the next lookup takes a fresh one
  EXPECT_EQ(site2.connections(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Kept, DyingConnection, testing::ValuesIn(kDeaths), name_of_death);

TEST(KeptConnection, that_says_garbage_is_not_tried_again) {
  const FakeSite site2(
      dying_after_one([](SiteConnection& connection) { connection.send("garbage\r\n\r\n"); },
                      answering(document_answer())));
  const Hop hop(site2.port());
  EXPECT_EQ(hop.ask().body, asked_task());
  expect_error(hop.ask(), protocol_error("http_protocol_error"));
  EXPECT_EQ(site2.connections(), 1U);
}

}  // namespace
}  // namespace sitegate::test
