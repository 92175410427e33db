#include "routing/local/group_commit.hpp"

#include <future>

#include "routing/local/sqlite_database.hpp"
#include "tests/unit/local/support.hpp"

namespace sitegate::sqlite {
namespace {

/// A writer whose thread is held inside a transaction until `go`, so that what is submitted
/// meanwhile is one transaction.
class GroupCommitTest : public testing::Test {
 protected:
  void SetUp() override { start(100); }

  void start(std::size_t queue_limit) {
    auto opened = open_to_write(test::store_at(file_));
    writer_ = *GroupCommit::start(std::move(opened->connection), queue_limit);
  }

  void hold() {
    std::promise<void> held;
    auto is_held = held.get_future();
    GroupCommit::Work<void> work = [this, &held](Tables&) -> Result<void> {
      held.set_value();
      go_.get_future().wait();
      return {};
    };
    ASSERT_TRUE(writer_->submit<void>(std::move(work), [](Result<void>) {}));
    is_held.wait();
  }
  void go() { go_.set_value(); }

  /// Queues a put; its outcome comes to the future.
  std::future<Result<PutOutcome>> put(const test::TaskText& task) {
    return submit([task](Tables& tables) { return tables.put(test::record_of(task)); });
  }

  std::future<Result<PutOutcome>> submit(GroupCommit::Work<PutOutcome> work) {
    const auto promise = std::make_shared<std::promise<Result<PutOutcome>>>();
    GroupCommit::Done<PutOutcome> done = [promise](Result<PutOutcome> outcome) {
      promise->set_value(std::move(outcome));
    };
    if (auto queued = writer_->submit<PutOutcome>(std::move(work), std::move(done)); !queued)
      promise->set_value(queued.error());
    return promise->get_future();
  }

  std::int64_t tasks_stored() {
    return *Connection::open(file_, Connection::Mode::ReadWrite)
                ->integer("SELECT count(*) FROM tasks");
  }

  test::TempDir dir_;
  std::filesystem::path file_ = dir_ / "tasks.db";
  std::promise<void> go_;
  std::shared_ptr<GroupCommit> writer_;
};

TEST_F(GroupCommitTest, jobs_of_one_transaction_see_each_other) {
  hold();
  auto first = put({.number = 1, .last_updated = 1});
  auto second = put({.number = 1, .last_updated = 2});
  auto third = put({.number = 1, .last_updated = 2});
  go();
  EXPECT_EQ(*first.get(), PutOutcome::Created);
  EXPECT_EQ(*second.get(), PutOutcome::Replaced);
  EXPECT_EQ(*third.get(), PutOutcome::Unchanged);
}

TEST_F(GroupCommitTest, a_conflict_is_one_jobs_own) {
  hold();
  auto first = put({.number = 1, .last_updated = 2});
  auto second = put({.number = 1, .last_updated = 1});
  auto third = put({.number = 2});
  go();
  EXPECT_EQ(*first.get(), PutOutcome::Created);
  EXPECT_EQ(second.get().error().code, ErrorCode::Conflict);
  EXPECT_EQ(*third.get(), PutOutcome::Created);
  EXPECT_EQ(tasks_stored(), 2);
}

TEST_F(GroupCommitTest, a_job_the_store_fails_costs_the_others_nothing) {
  hold();
  auto first = put({.number = 1, .last_updated = 2});
  auto conflict = put({.number = 1, .last_updated = 1});
  auto failing = submit([](Tables&) {
    return Result<PutOutcome>(make_error(ErrorCode::StoreUnavailable, {}, "disk on fire"));
  });
  auto last = put({.number = 2});
  go();
  EXPECT_EQ(*first.get(), PutOutcome::Created);
  EXPECT_EQ(conflict.get().error().code, ErrorCode::Conflict);
  EXPECT_EQ(failing.get().error().detail, "disk on fire");
  EXPECT_EQ(*last.get(), PutOutcome::Created);
  EXPECT_EQ(tasks_stored(), 2);
}

TEST_F(GroupCommitTest, a_job_the_store_fails_leaves_nothing_of_itself) {
  hold();
  auto failing = submit([](Tables& tables) -> Result<PutOutcome> {
    EXPECT_TRUE(tables.put(test::record_of({.number = 1})));
    return make_error(ErrorCode::StoreUnavailable, {}, "disk on fire");
  });
  auto other = put({.number = 2});
  go();
  EXPECT_EQ(failing.get().error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(*other.get(), PutOutcome::Created);
  EXPECT_EQ(tasks_stored(), 1);
}

TEST_F(GroupCommitTest, a_commit_that_fails_fails_every_job_of_it) {
  hold();
  auto first = put({.number = 1});
  auto second = put({.number = 2});
  for (const char* part : {"", "-wal", "-shm"})  // as somebody who moves the database away
    std::filesystem::remove(file_.string() + part);
  go();
  for (auto* outcome : {&first, &second})
    EXPECT_EQ(outcome->get().error().code, ErrorCode::StoreUnavailable);
}

TEST_F(GroupCommitTest, an_exception_is_one_jobs_own_and_not_the_threads) {
  hold();
  auto first = put({.number = 1});
  auto throwing = submit([](Tables&) -> Result<PutOutcome> { throw std::bad_alloc(); });
  go();
  EXPECT_EQ(*first.get(), PutOutcome::Created);
  EXPECT_EQ(throwing.get().error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(*put({.number = 2}).get(), PutOutcome::Created);
}

TEST_F(GroupCommitTest, a_full_queue_is_overloaded_at_once) {
  writer_->close();
  start(2);
  hold();
  auto first = put({.number = 1});
  auto second = put({.number = 2});
  const auto third = put({.number = 3}).get();
  EXPECT_EQ(third.error().code, ErrorCode::Overloaded);
  EXPECT_EQ(message_of(third.error()),
            "The gateway has more to do than it can (2 writes wait for the task store). Try again "
            "when Retry-After has passed.");
  go();
  EXPECT_EQ(*first.get(), PutOutcome::Created);
  EXPECT_EQ(*second.get(), PutOutcome::Created);
}

TEST_F(GroupCommitTest, closing_finishes_what_waits_and_refuses_the_rest) {
  hold();
  auto waiting = put({.number = 1});
  go();
  writer_->close();
  EXPECT_EQ(*waiting.get(), PutOutcome::Created);
  EXPECT_EQ(put({.number = 2}).get().error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(tasks_stored(), 1);
  writer_->close();
}

TEST_F(GroupCommitTest, a_lock_held_elsewhere_is_waited_for) {
  auto other = open_to_write(test::store_at(file_));
  std::future<Result<PutOutcome>> waiting;
  {
    auto transaction = Transaction::begin(other->connection);
    ASSERT_TRUE(transaction);
    waiting = put({.number = 1});
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(*waiting.get(), PutOutcome::Created);
}

}  // namespace
}  // namespace sitegate::sqlite
