// Several sends by one system call, or by one each: the outcome is the same.

#include "routing/transport/send_batch.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <string>
#include <vector>

namespace sitegate::test {
namespace {

using asio::ip::tcp;
namespace error = boost::asio::error;

/// Ours, and the other end.
struct Pair {
  Socket ours;
  tcp::socket theirs;

  /// All that is there and comes before the end or `most` octets.
  std::string heard(std::size_t most) {
    std::string octets(most, '\0');
    boost::system::error_code ended;
    octets.resize(asio::read(theirs, asio::buffer(octets), ended));
    return octets;
  }
};

class SendBatchTest : public testing::TestWithParam<SendBatch::By> {
 protected:
  void SetUp() override {
    if (GetParam() == SendBatch::By::Ring)
      batch_.get_ring();
  }

  Pair pair() {
    tcp::socket theirs(io_);
    theirs.connect(door_.local_endpoint());
    tcp::endpoint from;
    boost::system::error_code failed;
    auto ours = Socket::accept(door_.native_handle(), from, failed);
    EXPECT_TRUE(ours.is_open()) << failed.message();
    return {std::move(ours), std::move(theirs)};
  }

  asio::io_context io_;
  tcp::acceptor door_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  SendBatch batch_;
};

TEST_P(SendBatchTest, each_gets_what_is_meant_for_it) {
  const auto by = batch_.by();  // where io_uring is forbidden, calls in any case
  for (const std::size_t count : {0, 1, 2, 31, 32, 33, 200}) {
    std::vector<Pair> pairs;
    std::vector<std::string> texts;
    std::vector<SendBatch::Send> sends;
    for (std::size_t i = 0; i < count; ++i) {
      pairs.push_back(pair());
      texts.push_back("for " + std::to_string(i));
    }
    for (std::size_t i = 0; i < count; ++i) sends.push_back({&pairs[i].ours, texts[i], {}});
    batch_.run(sends);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(sends[i].result.octets, texts[i].size());
      EXPECT_FALSE(sends[i].result.error) << sends[i].result.error.message();
      EXPECT_EQ(pairs[i].heard(texts[i].size()), texts[i]);
    }
  }
  EXPECT_EQ(batch_.by(), by) << "the ring was lost";
}

TEST_P(SendBatchTest, one_that_cannot_be_sent_costs_the_others_nothing) {
  auto well = pair(), gone = pair(), full = pair();
  gone.ours.shutdown_send();
  Socket closed;
  const std::string much(64 * 1024 * 1024, 'x');
  std::vector<SendBatch::Send> sends{{&well.ours, "a", {}},
                                     {&gone.ours, "b", {}},
                                     {&full.ours, much, {}},
                                     {&closed, "c", {}},
                                     {&well.ours, "d", {}}};
  batch_.run(sends);
  EXPECT_EQ(sends[1].result.error, error::broken_pipe) << "and no signal";
  EXPECT_GT(sends[2].result.octets, 0U);
  EXPECT_LT(sends[2].result.octets, much.size());
  EXPECT_EQ(sends[3].result.error, error::bad_descriptor);
  EXPECT_EQ(well.heard(2), "ad") << "in the order in which they were given";

  for (bool room = true; room;) room = !would_wait(full.ours.send(much).error);
  std::vector<SendBatch::Send> again{{&full.ours, much, {}}, {&well.ours, "e", {}}};
  batch_.run(again);  // and does not wait for room
  EXPECT_TRUE(would_wait(again[0].result.error)) << again[0].result.error.message();
  EXPECT_EQ(well.heard(1), "e");
}

INSTANTIATE_TEST_SUITE_P(By, SendBatchTest,
                         testing::Values(SendBatch::By::Ring, SendBatch::By::Calls),
                         [](const auto& of) {
                           return of.param == SendBatch::By::Ring ? "ring" : "calls";
                         });

}  // namespace
}  // namespace sitegate::test
