#include "routing/local/line_reader.hpp"

#include <sys/stat.h>

#include "tests/unit/local/support.hpp"

namespace sitegate {
namespace {

using test::TempDir;

/// Every line as `number:text`, or `number!` when it is too long.
std::vector<std::string> lines_of(std::string_view content, std::size_t limit = 1000) {
  const TempDir dir;
  test::write_file(dir / "lines", content);
  auto reader = LineReader::open(dir / "lines", limit);
  std::vector<std::string> lines;
  for (Line line; *reader->next(line);)
    lines.push_back(std::to_string(line.number) + (line.too_long ? "!" : ":") +
                    std::string(line.text));
  EXPECT_EQ(reader->octets_read(), content.size());
  EXPECT_EQ(reader->octets_in_all(), content.size());
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineReader, lines_are_numbered_and_blank_ones_passed_over) {
  EXPECT_EQ(lines_of("a\n\n \t\nb\n"), (Lines{"1:a", "4:b"}));
}

TEST(LineReader, crlf_is_a_line_end) {
  EXPECT_EQ(lines_of("a\r\n\r\nb\rc\r\n"), (Lines{"1:a", "3:b\rc"}));
}

TEST(LineReader, the_last_line_needs_no_end) {
  EXPECT_EQ(lines_of("a\nb"), (Lines{"1:a", "2:b"}));
  EXPECT_EQ(lines_of("a\nb\r"), (Lines{"1:a", "2:b"}));
}

TEST(LineReader, an_empty_file_has_no_lines) {
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("\n\n\n"), Lines{});
}

TEST(LineReader, a_line_of_the_limit_is_taken_and_one_octet_more_is_too_long) {
  EXPECT_EQ(lines_of("12345\n123456\n12345\r\n123456\r\nab\n", 5),
            (Lines{"1:12345", "2!", "3:12345", "4!", "5:ab"}));
}

TEST(LineReader, lines_beyond_its_buffer_come_whole_or_are_too_long) {
  const std::string large(700000, 'x');
  EXPECT_EQ(lines_of(large + "\nb\n", 1000000), (Lines{"1:" + large, "2:b"}));
  EXPECT_EQ(lines_of(large + "\nb\n", 1000), (Lines{"1!", "2:b"}));
  EXPECT_EQ(lines_of(large, 1000), Lines{"1!"});
}

TEST(LineReader, a_line_end_may_stand_on_either_side_of_its_buffer) {
  for (const std::size_t size : {262142U, 262143U, 262144U, 262145U}) {
    const std::string line(size, 'x');
    EXPECT_EQ(lines_of(line + "\r\nb", 300000), (Lines{"1:" + line, "2:b"})) << size;
  }
}

TEST(LineReader, what_is_no_regular_file_is_refused) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  for (const auto& file : {dir / "pipe", dir / "", std::filesystem::path("/dev/null")}) {
    const auto reader = LineReader::open(file, 10);
    ASSERT_FALSE(reader) << file;
    EXPECT_NE(reader.error().detail.find("is not a regular file, and it has to be read twice"),
              std::string::npos);
  }
}

TEST(LineReader, a_missing_file_is_named) {
  const TempDir dir;
  EXPECT_EQ(LineReader::open(dir / "none", 10).error().detail,
            "'" + (dir / "none").string() + "' cannot be read: No such file or directory");
}

}  // namespace
}  // namespace sitegate
