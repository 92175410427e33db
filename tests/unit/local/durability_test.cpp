// Several writers, a full disk, a damaged file, a killed process.

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/unit/local/support.hpp"

namespace sitegate {
namespace {

using test::admin;
using test::document_of;
using test::open_store;
using test::Worker;

class DurabilityTest : public test::SqliteStoreTest {};

TEST_F(DurabilityTest, a_damaged_page_is_a_failure_and_never_an_absence) {
  {
    std::vector<TaskRecord> tasks;
    for (std::uint64_t n = 0; n < 200; ++n)
      tasks.push_back(
          test::record_of({.number = n, .more = ",\"x\":\"" + std::string(900, 'x') + '"'}));
    ASSERT_TRUE(store_->put_batch(std::move(tasks)));
    store_.reset();
  }
  {
    std::fstream damage(file_, std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(4096 * 2);  // behind header and schema
    damage << std::string(std::filesystem::file_size(file_) - 4096 * 2, '\x07');
  }
  store_ = open_store(file_);
  const auto found = Worker(*store_).find(1, admin());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::StoreUnavailable);
  EXPECT_THAT(found.error().detail, testing::HasSubstr("SQLite: database disk image is malformed"));
}

TEST_F(DurabilityTest, a_file_cut_while_it_is_read_is_a_failure_and_ends_nobody) {
  for (std::uint64_t n = 0; n < 200; ++n)
    ASSERT_TRUE(store_->put_batch(
        {test::record_of({.number = n, .more = ",\"x\":\"" + std::string(900, 'x') + '"'})}));
  restart();  // what was in the journal is in the database now
  Worker worker(*store_);
  ASSERT_TRUE(worker.find(199, admin())->has_value());
  std::filesystem::resize_file(file_, 4096 * 2);
  int failed = 0;
  for (std::uint64_t n = 0; n < 200; ++n)
    if (const auto found = worker.find(n, admin()); !found)
      failed += found.error().code == ErrorCode::StoreUnavailable;
    else
      EXPECT_TRUE(found->has_value());  // cached; never an absence
  EXPECT_GT(failed, 100);
}

/// Moves a file of the database away under the store that uses it.
class MovedFileTest : public DurabilityTest, public testing::WithParamInterface<const char*> {
 protected:
  void move_away() { std::filesystem::rename(file_of(), away_); }
  void put_back() { std::filesystem::rename(away_, file_of()); }
  std::filesystem::path file_of() const { return dir_ / GetParam(); }

  const std::filesystem::path away_ = dir_ / "away";
};

TEST_P(MovedFileTest, no_write_is_acknowledged_until_it_is_back) {
  Worker worker(*store_);
  ASSERT_TRUE(worker.put({.number = 1}));
  move_away();
  const auto refused = worker.put({.number = 2});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::StoreUnavailable);
  EXPECT_THAT(refused.error().detail,
              testing::HasSubstr(file_of().string() + "' is in use and is not there any more"));
  test::write_file(file_of(), "");
  EXPECT_THAT(worker.put({.number = 3}).error().detail, testing::HasSubstr("was replaced"));
  put_back();
  EXPECT_TRUE(worker.put({.number = 4}));
  restart();
  for (const std::uint64_t n : {1, 4})
    EXPECT_TRUE(Worker(*store_).find(n, admin())->has_value()) << n;
}

TEST_P(MovedFileTest, a_store_that_ends_in_order_leaves_all_that_it_acknowledged) {
  ASSERT_TRUE(Worker(*store_).put({.number = 1}));
  move_away();
  store_.reset();
  if (!std::filesystem::exists(file_))
    put_back();
  restart();
  EXPECT_TRUE(Worker(*store_).find(1, admin())->has_value());
}

INSTANTIATE_TEST_SUITE_P(Files, MovedFileTest, testing::Values("tasks.db", "tasks.db-wal"),
                         [](const auto& file) {
                           return std::string_view(file.param).ends_with("-wal") ? "journal"
                                                                                 : "database";
                         });

TEST_F(DurabilityTest, a_full_disk_fails_the_put_and_heals) {
  store_.reset();
  const pid_t child = test::start_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const auto store = open_store(file_);
    Worker worker(*store);
    if (!worker.put({.number = 1}))
      return 2;
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit full{.rlim_cur = std::filesystem::file_size(dir_ / "tasks.db-wal"),
                      .rlim_max = limit.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &full);
    const auto failed = worker.put({.number = 2});
    if (failed || failed.error().code != ErrorCode::StoreUnavailable)
      return 3;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (!worker.find(1, admin())->has_value() || worker.find(2, admin())->has_value())
      return 4;
    return worker.put({.number = 2}) ? 0 : 5;
  });
  EXPECT_EQ(test::exit_code_of(child), 0);
}

/// A worker's thread: puts the numbers [first, last), fifty at a time.
class Producer {
 public:
  Producer(SqliteStore& store, std::uint64_t first, std::uint64_t last)
      : store_(store), port_(store.for_worker(io_.get_executor())), next_(first), last_(last) {}

  /// How many were created.
  int run() {
    constexpr int kWidth = 50;
    for (int i = 0; i < kWidth; ++i)
      asio::co_spawn(io_.get_executor(), put_next_ones(), asio::detached);
    io_.run();
    test::settle(store_);
    return created_;
  }

 private:
  Awaitable<> put_next_ones() {
    while (next_ < last_) {
      auto task = test::record_of({.number = next_++});  // named: no aggregate inside a co_await
      const auto outcome = co_await port_->put(std::move(task), test::soon());
      created_ += outcome && *outcome == PutOutcome::Created;
    }
  }

  SqliteStore& store_;
  asio::io_context io_{1};
  std::unique_ptr<TaskStore> port_;
  std::uint64_t next_, last_;
  int created_ = 0;
};

TEST_F(DurabilityTest, ten_thousand_puts_from_four_workers_all_arrive) {
  constexpr int kEach = 2500;
  std::atomic<int> created = 0;
  std::vector<std::thread> workers;
  for (std::uint64_t w = 0; w < 4; ++w)
    workers.emplace_back(
        [&, w] { created += Producer(*store_, w * kEach, (w + 1) * kEach).run(); });
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(created, 4 * kEach);
  EXPECT_EQ(stored_number("SELECT count(*) FROM tasks"), 4 * kEach);
  EXPECT_TRUE(Worker(*store_).find(9999, admin())->has_value());
}

TEST_F(DurabilityTest, another_process_may_write_at_the_same_time) {
  constexpr std::uint64_t kBatches = 10, kTasks = 500;
  store_.reset();  // SQLite's state must not be carried into a child
  const pid_t importer = test::start_child([&] {
    const auto store = open_store(file_);
    for (std::uint64_t b = 0; b < kBatches; ++b) {
      std::vector<TaskRecord> tasks;
      for (std::uint64_t i = 0; i < kTasks; ++i)
        tasks.push_back(test::record_of({.number = 100000 + b * kTasks + i}));
      const auto batch = store->put_batch(std::move(tasks));
      if (!batch || batch->created != kTasks)
        return 1;
    }
    return 0;
  });
  restart();
  EXPECT_EQ(Producer(*store_, 0, 500).run(), 500);
  EXPECT_EQ(test::exit_code_of(importer), 0);
  EXPECT_EQ(stored_number("SELECT count(*) FROM tasks"), 500 + kBatches * kTasks);
  EXPECT_TRUE(Worker(*store_).find(100000, admin())->has_value());
}

TEST_F(DurabilityTest, every_acknowledged_write_survives_kill_9) {
  store_.reset();
  int acknowledged[2];
  ASSERT_EQ(::pipe(acknowledged), 0);
  const pid_t child = test::start_child([&] {
    const auto store = open_store(file_);
    Worker worker(*store);
    for (std::uint64_t number = 0;; ++number) {
      if (!worker.put({.number = number}))
        return 1;
      if (::write(acknowledged[1], &number, sizeof number) != sizeof number)
        return 2;
    }
  });
  ::close(acknowledged[1]);
  std::uint64_t last = 0, number = 0;
  bool killed = false;
  while (::read(acknowledged[0], &number, sizeof number) == sizeof number) {
    last = number;
    if (last >= 300 && !killed)
      killed = ::kill(child, SIGKILL) == 0;
  }
  ::close(acknowledged[0]);
  EXPECT_EQ(test::exit_code_of(child), -1);
  ASSERT_GE(last, 300U);
  store_ = open_store(file_);
  Worker worker(*store_);
  for (number = 0; number <= last; ++number)
    EXPECT_EQ(**worker.find(number, admin()), document_of({.number = number}));
  EXPECT_EQ(*worker.put({.number = last + 100}), PutOutcome::Created);
}

}  // namespace
}  // namespace sitegate
