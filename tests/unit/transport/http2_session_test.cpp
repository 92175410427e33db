// HTTP/2 without a socket: two sessions that talk to each other, and one that is talked to octet by
// octet. What other software says is in tests/e2e/test_http2_*.py.

#include "routing/transport/http2_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace sitegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using Role = Http2Session::Role;
using StreamId = Http2Session::StreamId;

const std::string k100(100, 'p'), k150(150, 'v'), k200(200, 'v');

Http2Limits limits() {
  return {.streams = 3,
          .stream_window = 65535,
          .window = 131072,
          .control_frames = 50,
          .head = {.line = 100, .field = 200, .head = 400, .fields = 10}};
}

/// One end, and all that it was told.
class Side final : public Http2Session::Events {
 public:
  explicit Side(Role role, const Http2Limits& bounds = limits()) : session(role, bounds, *this) {}

  std::string output() {
    std::string out;
    session.take_output(out, static_cast<std::size_t>(-1));
    return out;
  }

  Http2Session session;
  std::map<StreamId, Http2Head> heads;
  std::map<StreamId, std::string> contents;
  std::vector<StreamId> ended_messages;
  std::map<StreamId, Http2Error> ended_streams;
  std::map<StreamId, std::size_t> sent;
  bool consumes = true;
  int pongs = 0;

 private:
  void on_head(StreamId stream, Http2Head head, bool) override { heads[stream] = std::move(head); }
  void on_content(StreamId stream, std::string_view octets) override {
    contents[stream] += octets;
    if (consumes)
      session.consume(stream, octets.size());
  }
  void on_message_end(StreamId stream) override { ended_messages.push_back(stream); }
  void on_stream_end(StreamId stream, Http2Error error) override { ended_streams[stream] = error; }
  void on_sent(StreamId stream, std::size_t octets, bool) override { sent[stream] += octets; }
  void on_pong() override { ++pongs; }
};

struct Pair2 {
  explicit Pair2(const Http2Limits& bounds = limits())
      : client(Role::Client, bounds), server(Role::Server, bounds) {
    talk();
  }

  /// Until neither has anything to say.
  void talk() {
    for (bool said = true; said;) {
      const auto question = client.output();
      server.session.feed(question);
      const auto answer = server.output();
      client.session.feed(answer);
      said = !question.empty() || !answer.empty();
    }
  }

  StreamId ask(std::vector<Http2Field> more = {}, std::string body = {},
               std::string_view path = "/tasks") {
    std::vector<Http2Field> fields{
        {":method", "GET"}, {":scheme", "https"}, {":authority", "a:1"}, {":path", path}};
    fields.insert(fields.end(), more.begin(), more.end());
    const auto stream = client.session.submit_request(fields, std::move(body));
    talk();
    return stream;
  }

  Side client, server;
};

TEST(Http2Session, a_question_and_its_answer) {
  Pair2 pair;
  const auto stream = pair.ask({{"operationID", "Op"}}, "what");
  const auto& asked = pair.server.heads[stream];
  EXPECT_EQ(asked.method, "GET");
  EXPECT_EQ(asked.path, "/tasks");
  EXPECT_EQ(asked.authority, "a:1");
  EXPECT_EQ(asked.fields.name(0), "operationid");
  EXPECT_EQ(asked.fields.value(0), "Op");
  EXPECT_EQ(pair.server.contents[stream], "what");
  EXPECT_THAT(pair.server.ended_messages, ElementsAre(stream));

  const std::vector<Http2Field> fields{{"ETag", "\"1\""}};
  EXPECT_TRUE(pair.server.session.submit_reply(stream, 201, fields, "that"));
  pair.talk();
  EXPECT_EQ(pair.client.heads[stream].status, 201);
  EXPECT_EQ(pair.client.heads[stream].fields.first("etag"), "\"1\"");
  EXPECT_EQ(pair.client.contents[stream], "that");
  EXPECT_THAT(pair.client.ended_streams, ElementsAre(Pair(stream, Http2Error::NoError)));
  EXPECT_THAT(pair.server.ended_streams, ElementsAre(Pair(stream, Http2Error::NoError)));
  EXPECT_GT(pair.server.sent[stream], 4U);
  EXPECT_FALSE(pair.server.session.submit_reply(stream, 200, {}, "late"));
}

TEST(Http2Session, an_answer_without_content) {
  Pair2 pair;
  const auto stream = pair.ask();
  EXPECT_TRUE(pair.server.session.submit_reply(stream, 304, {}, ""));
  pair.talk();
  EXPECT_EQ(pair.client.heads[stream].status, 304);
  EXPECT_THAT(pair.client.ended_messages, ElementsAre(stream));
}

TEST(Http2Session, what_differs_each_time_or_is_secret_is_never_indexed) {
  Pair2 pair;
  const std::string secret(120, 'k');
  const std::vector<Http2Field> fields{{":method", "GET"},     {":scheme", "https"},
                                       {":authority", "a:1"},  {":path", "/t"},
                                       {"accept", "x/y-long"}, {"x-vcav-auth", secret}};
  std::vector<std::size_t> sizes;
  for (int i = 0; i < 2; ++i) {
    pair.client.session.submit_request(fields, "");
    sizes.push_back(pair.client.output().size());
  }
  EXPECT_LT(sizes[1], sizes[0]);           // the other fields were
  EXPECT_GT(sizes[1], secret.size() / 2);  // Huffman's letters are no shorter
}

TEST(Http2Session, a_body_stops_at_the_window_until_it_is_consumed) {
  Pair2 pair;
  pair.server.consumes = false;
  const auto stream = pair.ask({}, std::string(200000, 'x'));
  EXPECT_EQ(pair.server.contents[stream].size(), 65535U);
  EXPECT_FALSE(pair.client.session.has_output());
  pair.server.session.consume(stream, 65535);
  pair.server.consumes = true;
  pair.talk();
  EXPECT_EQ(pair.server.contents[stream].size(), 200000U);
  EXPECT_THAT(pair.server.ended_messages, ElementsAre(stream));
}

TEST(Http2Session, heads_over_their_limits) {
  const struct {
    std::vector<Http2Field> fields;
    std::string path;
    ErrorCode code;
    std::string what;
  } rows[] = {
      {{}, "/" + k100, ErrorCode::UriTooLong, "100"},
      {{{"x", k200}}, "/", ErrorCode::HeadersTooLarge, "a field of more than 200"},
      {{{"a", k150}, {"b", k150}, {"c", k150}},
       "/",
       ErrorCode::HeadersTooLarge,
       "more than 400 octets in all"},
      {std::vector<Http2Field>(11, {"x", "v"}), "/", ErrorCode::HeadersTooLarge,
       "more than 10 fields"},
      {{{"x", "a\nb"}}, "/", ErrorCode::BadRequest, "not valid"},
  };
  for (const auto& row : rows) {
    Pair2 pair;
    const auto stream = pair.ask(row.fields, "", row.path);
    const auto& fault = pair.server.heads[stream].fault;
    ASSERT_TRUE(fault) << row.what;
    EXPECT_EQ(fault->code, row.code);
    EXPECT_THAT(fault->what, HasSubstr(row.what));
    EXPECT_TRUE(pair.server.session.submit_reply(stream, 400, {}, "no"));
    pair.talk();
    EXPECT_EQ(pair.client.heads[stream].status, 400);
  }
}

TEST(Http2Session, a_field_of_the_connection_resets_the_stream_alone) {
  Pair2 pair;
  const auto bad = pair.ask({{"connection", "close"}});
  EXPECT_THAT(pair.server.heads, IsEmpty());
  EXPECT_EQ(pair.client.ended_streams[bad], Http2Error::ProtocolError);
  EXPECT_EQ(pair.server.heads[pair.ask()].path, "/tasks");
}

TEST(Http2Session, interim_answers_are_left_out) {
  Pair2 pair;
  const auto stream = pair.ask();
  pair.server.session.submit_continue(stream);
  pair.talk();
  EXPECT_THAT(pair.client.heads, IsEmpty());
  pair.server.session.submit_reply(stream, 200, {}, "");
  pair.talk();
  EXPECT_EQ(pair.client.heads[stream].status, 200);
}

TEST(Http2Session, room_is_what_the_other_side_takes) {
  Pair2 pair;
  EXPECT_EQ(pair.client.session.room(), 3U);
  const auto first = pair.ask();
  pair.ask();
  pair.ask();
  EXPECT_EQ(pair.client.session.room(), 0U);
  EXPECT_EQ(pair.ask(), 0);
  pair.server.session.submit_reply(first, 200, {}, "");
  pair.talk();
  EXPECT_EQ(pair.client.session.room(), 1U);
}

TEST(Http2Session, a_reset_ends_a_stream_on_both_sides) {
  Pair2 pair;
  const auto given_up = pair.ask();
  pair.client.session.reset(given_up, Http2Error::Cancel);
  const auto refused = pair.ask();
  pair.server.session.reset(refused, Http2Error::RefusedStream);
  pair.talk();
  EXPECT_EQ(pair.server.ended_streams[given_up], Http2Error::Cancel);
  EXPECT_EQ(pair.client.ended_streams[refused], Http2Error::RefusedStream);
  EXPECT_FALSE(pair.server.session.submit_reply(given_up, 200, {}, ""));
}

TEST(Http2Session, goodbye_lets_open_streams_end_and_takes_no_new_ones) {
  Pair2 pair;
  const auto open = pair.ask();
  pair.server.session.announce_end();
  pair.talk();
  EXPECT_EQ(pair.client.session.room(), 0U);
  pair.server.session.go_away();
  pair.talk();
  EXPECT_FALSE(pair.server.session.is_over());
  pair.server.session.submit_reply(open, 200, {}, "last");
  pair.talk();
  EXPECT_EQ(pair.client.contents[open], "last");
  EXPECT_TRUE(pair.server.session.is_over());
  EXPECT_TRUE(pair.client.session.is_over());
}

TEST(Http2Session, frames_that_ask_for_nothing_are_counted) {
  Pair2 pair;
  for (int i = 0; i < 49; ++i) pair.client.session.ping();  // and the SETTINGS at the begin
  pair.talk();
  EXPECT_FALSE(pair.server.session.is_over());
  EXPECT_EQ(pair.client.pongs, 49);
  pair.client.session.ping();
  pair.talk();
  EXPECT_TRUE(pair.server.session.is_over());
  EXPECT_THAT(pair.server.session.why_over(), HasSubstr("too many frames"));
  EXPECT_THAT(pair.client.session.why_over(), HasSubstr("ENHANCE_YOUR_CALM"));
}

TEST(Http2Session, every_answer_allows_for_one_more) {
  Pair2 pair;
  for (int i = 0; i < 60; ++i) {
    const auto stream = pair.ask();
    pair.server.session.submit_reply(stream, 200, {}, "");
    pair.talk();
    pair.client.session.reset(pair.ask(), Http2Error::Cancel);
    pair.talk();
  }
  EXPECT_FALSE(pair.server.session.is_over());
}

TEST(Http2Session, what_is_no_http2_ends_it) {
  for (const std::string_view octets :
       {std::string_view("GET / HTTP/1.1\r\n\r\n and more"), std::string_view("\0\0\0", 3)}) {
    Side server(Role::Server);
    server.session.feed(octets);
    server.session.feed(std::string(30, '\0'));
    server.output();
    EXPECT_TRUE(server.session.is_over());
    EXPECT_FALSE(server.session.why_over().empty());
  }
}

TEST(Http2Session, octets_may_come_one_by_one) {
  Side client(Role::Client), server(Role::Server);
  const std::vector<Http2Field> fields{
      {":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/x"}};
  EXPECT_EQ(client.session.submit_request(fields, "body"), 0);  // nobody knows yet what it takes
  client.session.feed(server.output());
  const auto stream = client.session.submit_request(fields, "body");
  const auto octets = client.output();
  for (const char c : octets) server.session.feed({&c, 1});
  EXPECT_EQ(server.heads[stream].path, "/x");
  EXPECT_EQ(server.contents[stream], "body");
}

}  // namespace
}  // namespace sitegate
