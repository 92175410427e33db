#include "routing/local/sqlite_database.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <csignal>

#include "routing/local/sqlite_schema.hpp"
#include "tests/unit/local/support.hpp"

namespace sitegate::sqlite {
namespace {

using test::store_at;
using test::TempDir;
using testing::HasSubstr;

constexpr auto kReadWrite = Connection::Mode::ReadWrite;

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 0777U;
}

std::string refusal(const std::filesystem::path& file) {
  const auto connection = open_to_write(store_at(file));
  if (connection)
    return "opened";
  EXPECT_EQ(connection.error().code, ErrorCode::StoreUnavailable);
  return connection.error().detail;
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(SqliteDatabase, a_missing_file_is_created_for_this_user_alone) {
  const TempDir dir;
  const auto file = dir / "a/b/tasks.db";
  auto opened = open_to_write(store_at(file));
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_TRUE(opened->is_new);
  Connection* connection = &opened->connection;
  EXPECT_EQ(mode_of(dir / "a"), 0700U);
  EXPECT_EQ(mode_of(dir / "a/b"), 0700U);
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(mode_of(dir / "a/b/tasks.db-wal"), 0600U);
  EXPECT_EQ(*connection->integer("PRAGMA application_id"), kApplicationId);
  EXPECT_EQ(*connection->integer("PRAGMA user_version"), newest_schema());
  EXPECT_EQ(*connection->text("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(*connection->integer("PRAGMA synchronous"), 2);  // FULL
}

TEST(SqliteDatabase, it_can_be_opened_again) {
  const TempDir dir;
  const auto file = dir / "tasks.db";
  ASSERT_EQ(refusal(file), "opened");
  EXPECT_FALSE(open_to_write(store_at(file))->is_new);
}

TEST(SqliteDatabase, a_newer_version_is_refused_and_left_alone) {
  const TempDir dir;
  const auto file = dir / "tasks.db";
  {
    auto opened = open_to_write(store_at(file));
    ASSERT_TRUE(opened->connection.execute("PRAGMA user_version = 9"));
  }
  const auto before = content_of(file);
  EXPECT_THAT(refusal(file),
              HasSubstr("was made by a newer release (its version is 9, this release "
                        "knows up to 4); start that release, or restore"));
  EXPECT_EQ(content_of(file), before);
}

TEST(SqliteDatabase, a_database_of_another_program_is_refused_and_left_alone) {
  const TempDir dir;
  const auto file = dir / "other.db";
  test::write_file(file, "");
  ASSERT_TRUE(Connection::open(file, kReadWrite)->execute("CREATE TABLE t (x)"));
  const auto before = content_of(file);
  EXPECT_THAT(refusal(file), HasSubstr("is a database of another program; name another file"));
  EXPECT_EQ(content_of(file), before);
}

TEST(SqliteDatabase, what_is_no_database_is_refused_and_left_alone) {
  const TempDir dir;
  const auto file = dir / "tasks.db";
  const std::string text(5000, 'x');
  test::write_file(file, text);
  EXPECT_THAT(refusal(file), HasSubstr("file is not a database (26); if it is damaged, restore it "
                                       "from a backup, or move it away"));
  EXPECT_EQ(content_of(file), text);
}

TEST(SqliteDatabase, a_cut_database_is_refused) {
  const TempDir dir;
  const auto file = dir / "tasks.db";
  ASSERT_EQ(refusal(file), "opened");
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  EXPECT_THAT(refusal(file), HasSubstr("malformed"));
}

TEST(SqliteDatabase, a_database_without_its_tables_is_refused) {
  const TempDir dir;
  const auto file = dir / "tasks.db";
  ASSERT_TRUE(open_to_write(store_at(file))->connection.execute("DROP TABLE sessions"));
  const auto store = SqliteStore::open(store_at(file), {});
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().detail, HasSubstr("no such table: sessions (1); if it is damaged"));
}

TEST(SqliteDatabase, a_journal_without_its_database_is_not_thrown_away) {
  const TempDir dir;
  const auto file = dir / "tasks.db";
  test::write_file(dir / "tasks.db-wal", "what was not yet in the database");
  EXPECT_THAT(refusal(file), HasSubstr("its journal"));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_TRUE(std::filesystem::exists(dir / "tasks.db-wal"));
}

TEST(SqliteDatabase, a_journal_that_was_taken_away_is_missed) {
  const TempDir dir;
  const auto file = dir / "tasks.db";
  const pid_t killed = test::start_child([&] {
    const auto opened = open_to_write(store_at(file));
    return opened ? ::raise(SIGKILL) : 1;
  });
  ASSERT_EQ(test::exit_code_of(killed), -1);
  ASSERT_TRUE(std::filesystem::remove(dir / "tasks.db-wal"));
  EXPECT_THAT(refusal(file), HasSubstr("was not closed, and its journal"));
  EXPECT_FALSE(std::filesystem::exists(dir / "tasks.db-wal"));
  ASSERT_TRUE(std::filesystem::remove(dir / "tasks.db-shm"));
  EXPECT_EQ(refusal(file), "opened");
}

TEST(SqliteDatabase, a_lock_held_by_another_process_is_said) {
  const TempDir dir;
  const auto file = dir / "tasks.db";
  auto holder = open_to_write(store_at(file));
  ASSERT_TRUE(holder->connection.execute("BEGIN IMMEDIATE"));
  EXPECT_THAT(refusal(file), HasSubstr("cannot be used; SQLite: database is locked (5); another "
                                       "process holds its lock"));
}

TEST(SqliteDatabase, the_refusal_names_the_key_of_the_configuration) {
  const TempDir dir;
  auto settings = store_at(dir / "tasks.db");
  settings.origin = {.file = "site1.yaml", .line = 12, .column = 11, .key_path = "store.sqlite"};
  test::write_file(settings.sqlite, std::string(5000, 'x'));
  EXPECT_THAT(open_to_write(settings).error().detail,
              testing::StartsWith("site1.yaml:12:11: store.sqlite: '"));
}

TEST(SqliteDatabase, a_directory_that_cannot_be_made_is_named) {
  EXPECT_THAT(refusal("/proc/sitegate/tasks.db"),
              HasSubstr("cannot make the directory of '/proc/sitegate/tasks.db': No such file"));
}

TEST(SqliteDatabase, a_user_without_the_right_to_write_is_told_so) {
  const TempDir dir;
  const auto file = dir / "tasks.db";
  ASSERT_EQ(refusal(file), "opened");
  ::chmod(file.c_str(), 0444);
  ::chmod((dir / "").c_str(), 0555);
  const pid_t child = test::start_child([&] {
    constexpr uid_t kNobody = 65534;  // modes do not bind root
    if (::getuid() == 0 && ::setuid(kNobody) != 0)
      return 2;
    EXPECT_THAT(refusal(file), HasSubstr("cannot write"));
    EXPECT_THAT(refusal(dir / "new.db"), HasSubstr("cannot make"));
    EXPECT_THAT(refusal(dir / "new.db"), HasSubstr("Permission denied; let this user read"));
    return testing::Test::HasFailure() ? 1 : 0;
  });
  EXPECT_EQ(test::exit_code_of(child), 0);
  ::chmod((dir / "").c_str(), 0700);
}

TEST(SqliteDatabase, processes_may_open_a_new_file_at_the_same_moment) {
  const TempDir dir;
  for (int round = 0; round < 10; ++round) {
    const auto file = dir / ("tasks" + std::to_string(round) + ".db");
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i)
      children.push_back(test::start_child([&] { return refusal(file) == "opened" ? 0 : 1; }));
    for (const pid_t child : children) EXPECT_EQ(test::exit_code_of(child), 0);
  }
}

TEST(SqliteDatabase, a_transaction_that_is_not_committed_leaves_nothing) {
  const TempDir dir;
  auto connection = std::move(open_to_write(store_at(dir / "tasks.db"))->connection);
  {
    auto transaction = Transaction::begin(connection);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(connection.execute(
        "INSERT INTO sessions VALUES (x'00', 'u', 'o', '[]', 0, 0, x'00', '[]')"));
    EXPECT_EQ(*connection.integer("SELECT count(*) FROM sessions"), 1);
  }
  EXPECT_EQ(*connection.integer("SELECT count(*) FROM sessions"), 0);
  EXPECT_FALSE(connection.in_transaction());
}

TEST(SqliteDatabase, a_binding_that_fails_is_reported_by_the_step) {
  const TempDir dir;
  auto connection = std::move(open_to_write(store_at(dir / "tasks.db"))->connection);
  auto statement = connection.prepare("SELECT ?1");
  statement->bind(2, std::int64_t{1});
  EXPECT_FALSE(statement->step());
  statement->reset();
  EXPECT_TRUE(*statement->bind(1, std::int64_t{1}).step());
}

TEST(SqliteDatabase, reading_does_not_write) {
  const TempDir dir;
  const auto file = dir / "tasks.db";
  auto writer = open_to_write(store_at(file));
  auto reader = open_to_read(file, 1000000);
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->execute("DELETE FROM tasks"));
  EXPECT_TRUE(reader->execute("SELECT * FROM tasks"));
}

}  // namespace
}  // namespace sitegate::sqlite
