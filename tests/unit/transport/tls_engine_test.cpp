#include "routing/transport/tls_engine.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <array>

#include "tests/unit/transport/tls_world.hpp"

namespace sitegate::test {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kWhole = std::string::npos;

struct Wiring {
  int version;
  std::size_t step;  // octets carried at a time
};

std::string name_of(const testing::TestParamInfo<Wiring>& info) {
  return std::string(info.param.version == TLS1_3_VERSION ? "tls13_" : "tls12_") +
         (info.param.step == kWhole ? "whole" : "by_" + std::to_string(info.param.step));
}

class TlsEngineTest : public testing::TestWithParam<Wiring> {
 protected:
  TlsEngineTest() { run(); }

  void run() { pair.run(GetParam().step); }

  TlsWorld world;
  TlsContext client_context = world.client(GetParam().version);
  TlsContext server_context = world.server();
  Pair pair{client_context.get(), server_context.get()};
};

INSTANTIATE_TEST_SUITE_P(wirings, TlsEngineTest,
                         testing::Values(Wiring{TLS1_3_VERSION, 1}, Wiring{TLS1_3_VERSION, 977},
                                         Wiring{TLS1_3_VERSION, kWhole}, Wiring{TLS1_2_VERSION, 1},
                                         Wiring{TLS1_2_VERSION, kWhole}),
                         name_of);

TEST_P(TlsEngineTest, speaks_both_ways_after_the_handshake) {
  ASSERT_TRUE(pair.connected());
  EXPECT_EQ(pair.client.tls.version(),
            GetParam().version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2");
  EXPECT_EQ(pair.server.tls.version(), pair.client.tls.version());
  EXPECT_FALSE(pair.server.tls.resumed());
  EXPECT_EQ(pair.client.tls.write("question"), TlsStatus::Ok);
  run();
  EXPECT_EQ(pair.server.received, "question");
  EXPECT_EQ(pair.server.tls.write("answer"), TlsStatus::Ok);
  run();
  EXPECT_EQ(pair.client.received, "answer");
  EXPECT_EQ(pair.client.status, TlsStatus::WantRead);
  EXPECT_EQ(pair.server.status, TlsStatus::WantRead);
  EXPECT_TRUE(pair.client.tls.output().empty());
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_P(TlsEngineTest, knows_that_the_rest_of_a_record_is_on_its_way) {
  EXPECT_FALSE(pair.server.tls.holds_part());
  EXPECT_EQ(pair.client.tls.write("question"), TlsStatus::Ok);
  const std::string record(pair.client.tls.output());
  pair.client.tls.sent(record.size());
  for (std::size_t i = 0; i + 1 < record.size(); ++i) {
    pair.server.take(record.substr(i, 1));
    EXPECT_TRUE(pair.server.tls.holds_part()) << i;
  }
  pair.server.take(record.substr(record.size() - 1));
  EXPECT_EQ(pair.server.received, "question");
  EXPECT_FALSE(pair.server.tls.holds_part());
}

TEST_P(TlsEngineTest, carries_many_records_each_way) {
  const std::string upwards = pattern(GetParam().step == 1 ? 50000 : kMiB);
  const std::string downwards(upwards.rbegin(), upwards.rend());
  EXPECT_EQ(pair.client.tls.write(upwards), TlsStatus::Ok);
  EXPECT_EQ(pair.server.tls.write(downwards), TlsStatus::Ok);
  run();
  EXPECT_TRUE(pair.server.received == upwards);
  EXPECT_TRUE(pair.client.received == downwards);
}

TEST_P(TlsEngineTest, writing_nothing_sends_nothing) {
  EXPECT_EQ(pair.client.tls.write(""), TlsStatus::Ok);
  EXPECT_TRUE(pair.client.tls.output().empty());
}

TEST_P(TlsEngineTest, close_notify_is_told_after_what_came_before_it) {
  pair.client.tls.write("last words");
  pair.client.tls.close();
  run();
  EXPECT_EQ(pair.server.received, "last words");
  EXPECT_EQ(pair.server.status, TlsStatus::Closed);
  pair.server.take("what comes behind it is nothing");
  EXPECT_EQ(pair.server.status, TlsStatus::Closed);
  EXPECT_FALSE(pair.server.tls.failure());
}

TEST_P(TlsEngineTest, the_other_side_may_go_on_after_our_close) {
  pair.client.tls.close();
  run();
  EXPECT_EQ(pair.server.tls.write("still here"), TlsStatus::Ok);
  pair.server.tls.close();
  run();
  EXPECT_EQ(pair.client.received, "still here");
  EXPECT_EQ(pair.client.status, TlsStatus::Closed);
}

TEST_P(TlsEngineTest, an_abrupt_end_is_not_a_close) {
  pair.client.tls.write("whole");
  Pair::carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.status, TlsStatus::WantRead);
  pair.client.tls.write("cut");
  const std::string wire(pair.client.tls.output());
  pair.server.take(wire.substr(0, wire.size() - 1));
  EXPECT_EQ(pair.server.received, "whole");
  EXPECT_EQ(pair.server.status, TlsStatus::WantRead);
}

TEST_P(TlsEngineTest, writes_while_half_a_record_waits_to_be_read) {
  pair.client.tls.write("a record in two parts");
  const std::string wire(pair.client.tls.output());
  pair.client.tls.sent(wire.size());
  pair.server.take(wire.substr(0, 9));
  EXPECT_EQ(pair.server.tls.write("meanwhile"), TlsStatus::Ok);
  Pair::carry(pair.server, pair.client);
  EXPECT_EQ(pair.client.received, "meanwhile");
  pair.server.take(wire.substr(9));
  EXPECT_EQ(pair.server.received, "a record in two parts");
}

TEST_P(TlsEngineTest, output_may_be_sent_in_parts_while_more_is_written_and_read) {
  const std::string first = pattern(40000);
  std::string wire;
  const auto send = [&](std::size_t size) {
    wire += pair.server.tls.output().substr(0, size);
    pair.server.tls.sent(size);
  };
  pair.server.tls.write(first);
  send(30000);
  pair.client.tls.write("a question between");
  Pair::carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.received, "a question between");
  pair.server.tls.write("second");
  send(1);
  pair.server.tls.write("third");
  send(pair.server.tls.output().size());
  EXPECT_TRUE(pair.server.tls.output().empty());
  pair.client.take(wire);
  EXPECT_TRUE(pair.client.received == first + "second" + "third");
}

TEST_P(TlsEngineTest, what_does_not_fit_into_the_reader_is_kept) {
  const std::string first = pattern(3000);
  std::string buffer;
  const auto feed = [&](std::string_view plain) {
    pair.client.tls.write(plain);
    buffer = pair.client.tls.output();
    pair.client.tls.sent(buffer.size());
    pair.server.tls.feed(std::as_bytes(std::span(buffer)));
  };
  std::array<char, 7> few{};
  std::size_t produced = 0;
  pair.client.tls.write(first);
  feed("the next record");
  ASSERT_EQ(pair.server.tls.read(few, produced), TlsStatus::Ok);
  std::string received(few.data(), produced);
  buffer.assign(buffer.size(), '\xee');
  feed("one more feed");
  while (pair.server.tls.read(few, produced) == TlsStatus::Ok) {
    received.append(few.data(), produced);
    buffer.assign(buffer.size(), '\xee');
  }
  EXPECT_TRUE(received == first + "the next record" + "one more feed");
}

TEST_P(TlsEngineTest, data_behind_the_handshake_in_the_same_feed_is_not_lost) {
  Pair late(client_context.get(), server_context.get());
  while (!late.client.shaken) {
    late.client.drive();
    Pair::carry(late.server, late.client);
    if (!late.client.shaken) {
      Pair::carry(late.client, late.server);
    }
  }
  late.client.tls.write("first");
  late.client.tls.write("second");
  Pair::carry(late.client, late.server);
  EXPECT_EQ(late.server.received, "firstsecond");
}

TEST_P(TlsEngineTest, an_engine_may_be_moved) {
  TlsEngine elsewhere = std::move(pair.server.tls);
  pair.server.tls = std::move(elsewhere);
  pair.client.tls.write("to the new place");
  run();
  EXPECT_EQ(pair.server.received, "to the new place");
}

TEST_P(TlsEngineTest, a_spoilt_record_is_a_protocol_failure_with_an_alert) {
  pair.client.tls.write("genuine");
  std::string wire(pair.client.tls.output());
  wire.back() = static_cast<char>(wire.back() ^ 1);
  pair.server.take(wire);
  EXPECT_EQ(pair.server.failure().kind, TlsFailure::Kind::Protocol);
  EXPECT_EQ(pair.server.received, "");
  EXPECT_EQ(pair.server.tls.write("too late"), TlsStatus::Failed);
  EXPECT_EQ(ERR_peek_error(), 0U);
  Pair::carry(pair.server, pair.client);
  EXPECT_EQ(pair.client.failure().kind, TlsFailure::Kind::AlertReceived);
  EXPECT_FALSE(pair.client.failure().certificate_alert);
}

TEST_P(TlsEngineTest, data_before_a_failure_is_read_first) {
  pair.client.tls.write("genuine");
  const std::string wire(pair.client.tls.output());
  pair.server.take(wire + std::string(40, 'x'));
  EXPECT_EQ(pair.server.received, "genuine");
  EXPECT_EQ(pair.server.failure().kind, TlsFailure::Kind::Protocol);
}

TEST_P(TlsEngineTest, tells_what_the_other_certificate_says) {
  const auto site = pair.client.tls.peer_certificate();
  ASSERT_TRUE(site);
  EXPECT_EQ(site->thumbprint, world.site.thumbprint);
  EXPECT_EQ(site->san_dns, std::vector<std::string>{std::string(kSiteName)});
  EXPECT_EQ(site->san_uri, std::vector<std::string>{"sitegate:site:site1"});
  EXPECT_FALSE(pair.server.tls.peer_certificate());
}

}  // namespace
}  // namespace sitegate::test
