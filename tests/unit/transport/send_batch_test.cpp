// Several sends by one system call, or by one each: the outcome is the same.

#include "routing/transport/send_batch.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/error.hpp>
#include <string>
#include <vector>

namespace sitegate::test {
namespace {

namespace error = boost::asio::error;

/// Two ends of a stream that never wait.
class Ends {
 public:
  Ends() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0); }
  Ends(Ends&& other) noexcept : ends_(std::exchange(other.ends_, {-1, -1})) {}
  ~Ends() {
    for (const int end : ends_) ::close(end);
  }
  int ours() const { return ends_[0]; }
  void close_theirs() { ::close(std::exchange(ends_[1], -1)); }
  std::string heard() const {
    std::string octets(1024 * 1024, '\0');
    const auto n = ::recv(ends_[1], octets.data(), octets.size(), 0);
    octets.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return octets;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

class SendBatchTest : public testing::TestWithParam<SendBatch::By> {
 protected:
  void SetUp() override {
    if (GetParam() == SendBatch::By::Ring)
      batch_.get_ring();
  }
  SendBatch batch_;
};

TEST_P(SendBatchTest, each_gets_what_is_meant_for_it) {
  const auto by = batch_.by();  // where io_uring is forbidden, calls in any case
  for (const std::size_t count : {0, 1, 2, 127, 128, 129, 400}) {
    std::vector<Ends> ends(count);
    std::vector<std::string> texts;
    std::vector<SendBatch::Send> sends;
    for (std::size_t i = 0; i < count; ++i) texts.push_back("for " + std::to_string(i));
    for (std::size_t i = 0; i < count; ++i) sends.push_back({ends[i].ours(), texts[i], {}});
    batch_.run(sends);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(sends[i].result.octets, texts[i].size());
      EXPECT_FALSE(sends[i].result.error) << sends[i].result.error.message();
      EXPECT_EQ(ends[i].heard(), texts[i]);
    }
  }
  EXPECT_EQ(batch_.by(), by) << "the ring was lost";
}

TEST_P(SendBatchTest, one_that_cannot_be_sent_costs_the_others_nothing) {
  Ends well, gone, full;
  gone.close_theirs();
  const std::string much(8 * 1024 * 1024, 'x');
  std::vector<SendBatch::Send> sends{{well.ours(), "a", {}},
                                     {gone.ours(), "b", {}},
                                     {full.ours(), much, {}},
                                     {-1, "c", {}},
                                     {well.ours(), "d", {}}};
  batch_.run(sends);
  EXPECT_EQ(sends[1].result.error, error::broken_pipe) << "and no signal";
  EXPECT_GT(sends[2].result.octets, 0U);
  EXPECT_LT(sends[2].result.octets, much.size());
  EXPECT_EQ(sends[3].result.error, error::bad_descriptor);
  EXPECT_EQ(well.heard(), "ad") << "in the order in which they were given";

  std::vector<SendBatch::Send> again{{full.ours(), much, {}}, {well.ours(), "e", {}}};
  batch_.run(again);  // and does not wait for room
  EXPECT_TRUE(would_wait(again[0].result.error)) << again[0].result.error.message();
  EXPECT_EQ(well.heard(), "e");
}

INSTANTIATE_TEST_SUITE_P(By, SendBatchTest,
                         testing::Values(SendBatch::By::Ring, SendBatch::By::Calls),
                         [](const auto& of) {
                           return of.param == SendBatch::By::Ring ? "ring" : "calls";
                         });

}  // namespace
}  // namespace sitegate::test
