#pragma once
// What the tests of the local store share.

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "contract/task.hpp"
#include "routing/local/sqlite.hpp"
#include "routing/local/sqlite_store.hpp"

namespace sitegate::test {

/// A fresh directory, removed at the end.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sitegate-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline StoreSettings store_at(std::filesystem::path file) {
  return {.sqlite = std::move(file), .retention = {}, .origin = {}};
}

inline std::unique_ptr<SqliteStore> open_store(const std::filesystem::path& file,
                                               const LimitSettings& limits = {}) {
  auto store = SqliteStore::open(store_at(file), limits);
  if (!store)
    throw std::runtime_error(store.error().detail);
  return *std::move(store);
}

/// A UUID that holds `number`.
inline TaskId id_of(std::uint64_t number) {
  char text[37];
  std::snprintf(text, sizeof text, "f61d60d2-698a-46dc-a266-%012llx",
                static_cast<unsigned long long>(number));
  return *TaskId::parse(text);
}

struct TaskText {
  std::uint64_t number = 1;
  std::string user = "admin1@Org1";
  std::string state = "RUNNING";
  std::int64_t last_updated = 2000;
  std::string more = "";  // further members, each with a comma before it
};

inline std::string document_of(const TaskText& task) {
  return R"({"id":")" + id_of(task.number).to_string() + R"(","user":")" + task.user +
         R"(","site":"site1","state":")" + task.state + R"(","startTime":1000,"lastUpdated":)" +
         std::to_string(task.last_updated) + task.more + "}";
}

inline TaskRecord record_of(const TaskText& task) {
  return check_task(document_of(task), {.local_site = "site1"}).value();
}

inline Viewer viewer(std::string user, std::vector<std::string> more_roles = {}) {
  Viewer v{.user = std::move(user), .org = "Org", .roles = {std::string(kRoleEveryone)}};
  for (auto& role : more_roles) v.roles.push_back(std::move(role));
  return v;
}

inline Viewer admin() {
  return viewer("root", {std::string(kRoleAdministrators)});
}

template <class T>
Awaitable<> keep(Async<T> operation, std::vector<Result<T>>& outcome) {
  outcome.push_back(co_await std::move(operation));
}

/// Runs one operation of a store to its end.
template <class T>
Result<T> await(asio::io_context& io, Async<T> operation) {
  std::vector<Result<T>> outcome;
  asio::co_spawn(io.get_executor(), keep(std::move(operation), outcome), asio::detached);
  io.restart();
  io.run();
  return std::move(outcome.at(0));
}

inline Deadline soon() {
  return Deadline::after(std::chrono::seconds(60));
}

/// Waits until the store's writer is done with everything before this: an outcome on its way needs
/// the io_context that it goes to.
inline void settle(SqliteStore& store) {
  static_cast<void>(store.sessions().touch({}));  // its own outcome says nothing here
}

/// A worker without a thread: what it is asked runs to its end at once. The store must outlive it.
class Worker {
 public:
  explicit Worker(SqliteStore& store)
      : store_(store), port_(store.for_worker(io_.get_executor())) {}

  Result<PutOutcome> put(const TaskText& task, Deadline deadline = soon()) {
    auto outcome = await(io_, port_->put(record_of(task), deadline));
    settle(store_);
    return outcome;
  }
  Result<std::optional<std::string>> find(std::uint64_t number, const Viewer& who) {
    return await(io_, port_->find(id_of(number), who, soon()));
  }

 private:
  SqliteStore& store_;
  asio::io_context io_;
  std::unique_ptr<TaskStore> port_;
};

/// Starts a child process that runs `body` and exits with its result, 255 after an exception.
/// No store may be open: SQLite's state must not be carried into a child.
inline pid_t start_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child != 0)
    return child;
  int code = 255;
  try {
    code = body();
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "child: %s\n", exception.what());
  }
  ::_exit(code);
}

/// Waits for a child; -1 when a signal ended it.
inline int exit_code_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

inline void write_file(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

/// A store in a fresh directory.
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

}  // namespace sitegate::test
