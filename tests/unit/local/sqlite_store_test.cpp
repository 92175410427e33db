#include "routing/local/sqlite_store.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <atomic>
#include <boost/asio/detached.hpp>
#include <csignal>
#include <map>
#include <random>
#include <thread>

#include "routing/local/sqlite.hpp"
#include "tests/unit/local/support.hpp"

namespace sitegate {
namespace {

using test::admin;
using test::document_of;
using test::open_store;
using test::TempDir;
using test::viewer;
using test::Worker;

class SqliteStoreTest : public testing::Test {
 protected:
  void restart(const LimitSettings& limits = {}) {
    store_.reset();
    store_ = open_store(file_, limits);
  }

  std::int64_t stored_number(const char* sql) {
    return *sqlite::Connection::open(file_, sqlite::Connection::Mode::ReadWrite)->integer(sql);
  }

  TempDir dir_;
  std::filesystem::path file_ = dir_ / "tasks.db";
  std::unique_ptr<SqliteStore> store_ = open_store(file_);
};

TEST_F(SqliteStoreTest, a_document_comes_back_byte_for_byte) {
  Worker worker(*store_);
  const test::TaskText task{.more = ",  \"x\" : \"\\u00e9 \xc3\xa9\" , \"n\":1.50"};
  EXPECT_EQ(*worker.put(task), PutOutcome::Created);
  EXPECT_EQ(**worker.find(1, viewer("admin1@Org1")), document_of(task));
}

TEST_F(SqliteStoreTest, a_task_is_its_users_and_the_administrators) {
  Worker worker(*store_);
  ASSERT_TRUE(worker.put({.user = "admin1@Org1"}));
  EXPECT_TRUE(worker.find(1, viewer("admin1@Org1"))->has_value());
  EXPECT_TRUE(worker.find(1, admin())->has_value());
  for (const char* other : {"admin1@Org2", "admin1@org1", "admin1", "", "admin1@Org1 ", "root"})
    EXPECT_FALSE(worker.find(1, viewer(other))->has_value()) << other;
  EXPECT_FALSE(worker.find(1, viewer("x", {"administrators", "TASK_PRODUCER"}))->has_value());
  EXPECT_FALSE(worker.find(2, admin())->has_value());
}

TEST_F(SqliteStoreTest, put_follows_the_rules) {
  Worker worker(*store_);
  EXPECT_EQ(*worker.put({}), PutOutcome::Created);
  EXPECT_EQ(*worker.put({}), PutOutcome::Unchanged);
  EXPECT_EQ(*worker.put({.last_updated = 3000}), PutOutcome::Replaced);
  EXPECT_EQ(worker.put({.last_updated = 2000}).error().code, ErrorCode::Conflict);
  EXPECT_EQ(worker.put({.user = "other", .last_updated = 4000}).error().args.at(0),
            "its 'user' cannot change");
  EXPECT_EQ(*worker.put({.state = "FAILED", .last_updated = 4000}), PutOutcome::Replaced);
  EXPECT_EQ(worker.put({.last_updated = 5000}).error().code, ErrorCode::Conflict);
  EXPECT_EQ(**worker.find(1, admin()), document_of({.state = "FAILED", .last_updated = 4000}));
}

TEST_F(SqliteStoreTest, a_renamed_site_does_not_take_over_its_old_tasks) {
  Worker worker(*store_);
  ASSERT_TRUE(worker.put({}));
  auto task = test::record_of({.last_updated = 3000});
  task.site = "site9";
  const auto batch = store_->put_batch({task});
  ASSERT_EQ(batch->conflicts.size(), 1U);
  EXPECT_EQ(batch->conflicts[0].reason, "its 'site' cannot change");
}

TEST_F(SqliteStoreTest, the_columns_hold_what_the_document_says) {
  Worker worker(*store_);
  ASSERT_TRUE(worker.put({.more = R"(,"endTime":7,"destinationOrg":"Org2","operationID":"op",
      "workflowInfo":{"type":"sync","resourceType":"vappReplication","resourceId":"C4VAPP-1",
      "resourceName":"my vapp 1"})"}));
  ASSERT_TRUE(worker.put({.number = 2, .more = R"(,"workflowInfo":{"resourceId":null})"}));
  EXPECT_EQ(stored_number(R"(SELECT count(*) FROM tasks WHERE user = 'admin1@Org1'
      AND source_org = 'Org1' AND destination_org = 'Org2' AND operation_id = 'op'
      AND state = 'RUNNING' AND type = 'sync' AND resource_type = 'vappReplication'
      AND resource_id = 'C4VAPP-1' AND resource_name = 'my vapp 1' AND start_time = 1000
      AND last_updated = 2000 AND end_time = 7 AND typeof(id) = 'blob' AND length(id) = 16)"),
            1);
  EXPECT_EQ(stored_number(R"(SELECT count(*) FROM tasks WHERE destination_org IS NULL
      AND operation_id IS NULL AND type IS NULL AND resource_id IS NULL AND end_time = -1)"),
            1);
}

TEST_F(SqliteStoreTest, tasks_survive_a_restart) {
  ASSERT_TRUE(Worker(*store_).put({}));
  restart();
  EXPECT_EQ(**Worker(*store_).find(1, admin()), document_of({}));
}

TEST_F(SqliteStoreTest, workers_see_what_was_acknowledged) {
  Worker one(*store_), two(*store_);
  ASSERT_FALSE(two.find(1, admin())->has_value());
  ASSERT_TRUE(one.put({}));
  EXPECT_TRUE(two.find(1, admin())->has_value());
  ASSERT_TRUE(one.put({.last_updated = 3000}));
  EXPECT_EQ(**two.find(1, admin()), document_of({.last_updated = 3000}));
}

TEST_F(SqliteStoreTest, a_passed_deadline_ends_the_wait) {
  Worker worker(*store_);
  const Deadline passed{SteadyTime::min()};
  const auto outcome = worker.put({}, passed);
  EXPECT_EQ(outcome.error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(*worker.put({}), PutOutcome::Created);  // it had not been written
}

TEST_F(SqliteStoreTest, a_closed_store_refuses_writes) {
  Worker worker(*store_);
  store_->close();
  EXPECT_EQ(worker.put({}).error().code, ErrorCode::StoreUnavailable);
  store_.reset();
  EXPECT_EQ(worker.put({}).error().code, ErrorCode::StoreUnavailable);
}

TEST_F(SqliteStoreTest, a_damaged_page_is_a_failure_and_never_an_absence) {
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

TEST_F(SqliteStoreTest, a_document_beyond_the_bound_is_a_failure) {
  restart({.body = 1000, .answer_body = 1000});
  Worker worker(*store_);
  ASSERT_TRUE(worker.put({.more = ",\"x\":\"" + std::string(10000, 'x') + '"'}));
  EXPECT_EQ(worker.find(1, admin()).error().code, ErrorCode::StoreUnavailable);
  ASSERT_TRUE(worker.put({.number = 2}));
  EXPECT_TRUE(worker.find(2, admin())->has_value());
}

TEST_F(SqliteStoreTest, a_full_disk_fails_the_put_and_heals) {
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
      : port_(store.for_worker(io_.get_executor())), next_(first), last_(last) {}

  /// How many were created.
  int run() {
    constexpr int kWidth = 50;
    for (int i = 0; i < kWidth; ++i)
      asio::co_spawn(io_.get_executor(), put_next_ones(), asio::detached);
    io_.run();
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

  asio::io_context io_{1};
  std::unique_ptr<TaskStore> port_;
  std::uint64_t next_, last_;
  int created_ = 0;
};

TEST_F(SqliteStoreTest, ten_thousand_puts_from_four_workers_all_arrive) {
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

TEST_F(SqliteStoreTest, another_process_may_write_at_the_same_time) {
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

TEST_F(SqliteStoreTest, every_acknowledged_write_survives_kill_9) {
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

TEST_F(SqliteStoreTest, a_batch_counts_and_lists) {
  const auto one = test::record_of({.number = 1});
  const auto batch = store_->put_batch(
      {one, one, test::record_of({.number = 1, .last_updated = 2001}),
       test::record_of({.number = 1, .last_updated = 1}), test::record_of({.number = 2})});
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->created, 2U);
  EXPECT_EQ(batch->unchanged, 1U);
  EXPECT_EQ(batch->replaced, 1U);
  ASSERT_EQ(batch->conflicts.size(), 1U);
  EXPECT_EQ(batch->conflicts[0].index, 3U);
}

// A model of who may see what, and random questions to both.
TEST_F(SqliteStoreTest, random_viewers_see_what_the_model_says) {
  const std::vector<std::string> users{
      "root", "admin1@Org1", "admin1@Org2", "admin1@org1",  "ADMIN1@ORG1", "admin1", "a",
      "A",    "\xc3\xa9",    "e\xcc\x81",   "admin1@Org1 ", "%",           "_"};
  const std::vector<std::vector<std::string>> roles{
      {}, {"ADMINISTRATORS"}, {"Administrators"}, {"TASK_PRODUCER"}, {"x", "ADMINISTRATORS"}};
  std::mt19937 random(20240607);
  const auto any = [&](std::size_t size) {
    return std::uniform_int_distribution<std::size_t>(0, size - 1)(random);
  };
  struct Known {
    std::string user, document;
    std::int64_t last_updated;
  };
  std::map<std::uint64_t, Known> model;
  Worker worker(*store_);
  for (int step = 0; step < 3000; ++step) {
    const std::uint64_t number = any(40);
    const std::string& user = users[any(users.size())];
    const auto known = model.find(number);
    if (any(4) == 0) {
      const test::TaskText task{.number = number, .user = user, .last_updated = step};
      const auto outcome = worker.put(task);
      const bool allowed = known == model.end() || known->second.user == user;
      ASSERT_EQ(outcome.has_value(), allowed);
      if (allowed)
        model[number] = {user, document_of(task), step};
      continue;
    }
    const auto who = viewer(user, roles[any(roles.size())]);
    const auto found = worker.find(number, who);
    ASSERT_TRUE(found);
    const bool visible = known != model.end() &&
                         (known->second.user == user || who.roles.back() == "ADMINISTRATORS");
    ASSERT_EQ(found->has_value(), visible) << user << " asks for " << number;
    if (visible) {
      EXPECT_EQ(**found, known->second.document);
    }
  }
}

StoredSession session(char c, std::int64_t last_used = 5) {
  return {.key = std::string("\0\xff", 2) + std::string(30, c),
          .viewer = viewer("admin1@Org1", {"ADMINISTRATORS", "odd \"role\" \xc3\xa9"}),
          .created = 5,
          .last_used = last_used};
}

TEST_F(SqliteStoreTest, sessions_survive_a_restart) {
  ASSERT_TRUE(store_->sessions().insert(session('a')));
  ASSERT_TRUE(store_->sessions().insert(session('b')));
  restart();
  const auto loaded = store_->sessions().load();
  ASSERT_EQ(loaded->size(), 2U);
  EXPECT_EQ(loaded->at(0).key, session('a').key);
  EXPECT_EQ(loaded->at(0).viewer, session('a').viewer);
  EXPECT_EQ(loaded->at(0).created, 5);
  EXPECT_EQ(loaded->at(1).last_used, 5);
}

TEST_F(SqliteStoreTest, removed_sessions_are_gone) {
  auto& sessions = store_->sessions();
  for (const char c : {'a', 'b', 'c'}) ASSERT_TRUE(sessions.insert(session(c)));
  EXPECT_TRUE(sessions.remove({session('a').key, session('x').key, session('c').key}));
  restart();
  const auto loaded = store_->sessions().load();
  ASSERT_EQ(loaded->size(), 1U);
  EXPECT_EQ(loaded->at(0).key, session('b').key);
}

TEST_F(SqliteStoreTest, a_touch_only_moves_time_forward) {
  auto& sessions = store_->sessions();
  ASSERT_TRUE(sessions.insert(session('a', 10)));
  ASSERT_TRUE(sessions.insert(session('b', 10)));
  EXPECT_TRUE(sessions.touch({{session('a').key, 20}, {session('b').key, 9}, {"gone", 30}}));
  const auto loaded = sessions.load();
  ASSERT_EQ(loaded->size(), 2U);
  EXPECT_EQ(loaded->at(0).last_used, 20);
  EXPECT_EQ(loaded->at(1).last_used, 10);
}

TEST_F(SqliteStoreTest, sessions_of_a_closed_store_are_a_failure) {
  store_->close();
  EXPECT_EQ(store_->sessions().insert(session('a')).error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(store_->sessions().load().error().code, ErrorCode::StoreUnavailable);
}

}  // namespace
}  // namespace sitegate
