#include "routing/local/import_tasks.hpp"

#include <gmock/gmock.h>

#include "tests/unit/local/support.hpp"

namespace sitegate {
namespace {

using test::document_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ImportTest : public testing::Test {
 protected:
  void write(std::string_view text) { test::write_file(rules_.file, text); }

  Result<ImportCheck> check() { return check_import(rules_, events_); }

  Result<ImportReport> import() {
    if (!store_)
      store_ = test::open_store(dir_ / "tasks.db");
    return write_import(rules_, *store_, events_);
  }

  std::optional<std::string> find(std::uint64_t number) {
    return *test::Worker(*store_).find(number, test::admin());
  }

  test::TempDir dir_;
  ImportRules rules_{.file = dir_ / "tasks.ndjson",
                     .task = {.local_site = "site1"},
                     .max_line = 10000,
                     .skip_invalid = false};
  std::vector<std::string> bad_, conflicts_;
  std::vector<ImportProgress> progress_;
  ImportEvents events_{
      .bad_line =
          [this](std::uint64_t line, const std::string& reason) {
            bad_.push_back(std::to_string(line) + ": " + reason);
          },
      .conflict =
          [this](std::uint64_t line, const TaskId& id, const std::string& reason) {
            conflicts_.push_back(std::to_string(line) + " " + id.to_string() + " " + reason);
          },
      .progress = [this](const ImportProgress& progress) { progress_.push_back(progress); }};
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(ImportTest, tasks_are_written_as_they_stand) {
  write(document_of({.number = 1}) + "\r\n\n  " + document_of({.number = 2}) + " \n" +
        document_of({.number = 3}));
  EXPECT_EQ(check()->lines, 3U);
  EXPECT_EQ(import()->created, 3U);
  EXPECT_EQ(find(1), document_of({.number = 1}));
  EXPECT_EQ(find(2), "  " + document_of({.number = 2}) + " ");
  EXPECT_EQ(find(3), document_of({.number = 3}));
}

TEST_F(ImportTest, the_first_pass_lists_every_bad_line) {
  write(document_of({}) + "\n{\n\n" + document_of({.state = "QUEUED"}) + "\n[]\n" +
        document_of({.more = ",\"x\":\"" + std::string(10000, 'x') + '"'}) + "\n" +
        document_of({.more = ",\"progress\":\"50\""}) + "\n");
  const auto checked = check();
  EXPECT_EQ(checked->lines, 6U);
  EXPECT_EQ(checked->bad_lines, 5U);
  EXPECT_THAT(bad_, ElementsAre("2: not a JSON object: unexpected end after 1 octets",
                                "4: 'state' must be RUNNING, SUCCEEDED or FAILED, but is 'QUEUED'",
                                "5: not a JSON object: the top level must be an object",
                                "6: longer than 10000 octets",
                                "7: 'progress' must be an integer from 0 to 100, but is '50'"));
}

TEST_F(ImportTest, bad_lines_can_be_left_out) {
  rules_.skip_invalid = true;
  write("{\n" + document_of({.number = 1}) + "\nnonsense\n" + document_of({.number = 2}) + "\n");
  EXPECT_EQ(check()->bad_lines, 2U);
  EXPECT_EQ(import()->created, 2U);
}

TEST_F(ImportTest, a_file_that_became_bad_after_the_check_ends_the_import) {
  write(document_of({}) + "\n{}\n");
  const auto report = import();
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().detail, HasSubstr("changed while it was read: line 2: 'id' must be"));
  EXPECT_EQ(find(1), std::nullopt);
}

TEST_F(ImportTest, running_it_again_changes_nothing) {
  std::string text;
  for (std::uint64_t n = 0; n < 2500; ++n) text += document_of({.number = n}) + "\n";
  write(text);
  EXPECT_EQ(import()->created, 2500U);
  const auto again = import();
  EXPECT_EQ(again->created, 0U);
  EXPECT_EQ(again->unchanged, 2500U);
  EXPECT_EQ(again->conflicts, 0U);
}

TEST_F(ImportTest, an_id_twice_in_a_file_follows_the_rules_in_order) {
  write(document_of({.last_updated = 1}) + "\n" + document_of({.last_updated = 2}) + "\n" +
        document_of({.last_updated = 2}) + "\n\n" + document_of({.last_updated = 1}) + "\n");
  const auto report = import();
  EXPECT_EQ(report->created, 1U);
  EXPECT_EQ(report->replaced, 1U);
  EXPECT_EQ(report->unchanged, 1U);
  EXPECT_EQ(report->superseded, 1U);
  EXPECT_THAT(conflicts_, IsEmpty());
  EXPECT_EQ(find(1), document_of({.last_updated = 2}));
}

TEST_F(ImportTest, the_history_of_a_task_may_be_written_twice) {
  write(document_of({.last_updated = 1}) + "\n" +
        document_of({.state = "SUCCEEDED", .last_updated = 2}) + "\n");
  EXPECT_EQ(import()->replaced, 1U);
  const auto again = import();
  EXPECT_EQ(again->superseded, 1U);
  EXPECT_EQ(again->unchanged, 1U);
  EXPECT_THAT(conflicts_, IsEmpty());
  EXPECT_EQ(find(1), document_of({.state = "SUCCEEDED", .last_updated = 2}));
}

TEST_F(ImportTest, a_conflict_names_its_line_in_later_batches_too) {
  std::string text;
  for (std::uint64_t n = 0; n < 1500; ++n) text += document_of({.number = n}) + "\n";
  write(text + document_of({.number = 7, .user = "other", .last_updated = 9000}) + "\n");
  const auto report = import();
  EXPECT_EQ(report->created, 1500U);
  EXPECT_THAT(conflicts_, ElementsAre(HasSubstr("1501 ")));
}

TEST_F(ImportTest, large_documents_make_smaller_batches) {
  rules_.max_line = 1048576;
  std::string text;
  for (std::uint64_t n = 0; n < 40; ++n)
    text +=
        document_of({.number = n, .more = ",\"x\":\"" + std::string(1000000, 'x') + '"'}) + "\n";
  write(text);
  EXPECT_EQ(import()->created, 40U);
  EXPECT_EQ(progress_.size(), 3U);  // two full batches of 16 MiB and the rest
}

TEST_F(ImportTest, progress_ends_at_the_end_of_the_file) {
  std::string text;
  for (std::uint64_t n = 0; n < 2001; ++n) text += document_of({.number = n}) + "\n";
  write(text);
  ASSERT_TRUE(check());
  ASSERT_EQ(progress_.size(), 3U);
  EXPECT_EQ(progress_[0].lines, 1000U);
  EXPECT_EQ(progress_[2].lines, 2001U);
  EXPECT_EQ(progress_[2].octets, text.size());
  EXPECT_EQ(progress_[2].octets_in_all, text.size());
  progress_.clear();
  ASSERT_TRUE(import());
  ASSERT_EQ(progress_.size(), 3U);
  EXPECT_TRUE(progress_[2].writing);
  EXPECT_EQ(progress_[2].octets, text.size());
}

TEST_F(ImportTest, progress_says_lines_rate_and_time_left) {
  using std::chrono::milliseconds;
  EXPECT_EQ(to_string({.writing = false, .lines = 1000, .octets = 25, .octets_in_all = 100},
                      milliseconds(500)),
            "checking 25 %, 1000 lines, 2000 lines/s, 2 s left");
  EXPECT_EQ(
      to_string({.writing = true, .lines = 0, .octets = 0, .octets_in_all = 100}, milliseconds(0)),
      "writing 0 %, 0 lines");
  EXPECT_EQ(
      to_string({.writing = true, .lines = 0, .octets = 0, .octets_in_all = 0}, milliseconds(0)),
      "writing 100 %, 0 lines");
}

TEST_F(ImportTest, it_may_run_beside_a_serving_store) {
  const auto serving = test::open_store(dir_ / "tasks.db");
  test::Worker worker(*serving);
  ASSERT_TRUE(worker.put({.number = 1, .last_updated = 5000}));
  write(document_of({.number = 1}) + "\n" + document_of({.number = 2}) + "\n");
  const auto report = import();
  EXPECT_EQ(report->created, 1U);
  EXPECT_EQ(report->superseded, 1U);
  EXPECT_TRUE(worker.find(2, test::admin())->has_value());
}

TEST_F(ImportTest, a_missing_file_is_a_failure_of_both_passes) {
  EXPECT_THAT(check().error().detail, HasSubstr("cannot be read"));
  EXPECT_THAT(import().error().detail, HasSubstr("cannot be read"));
  EXPECT_THAT(bad_, IsEmpty());
}

}  // namespace
}  // namespace sitegate
