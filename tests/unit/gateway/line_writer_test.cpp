// Lines of many threads on one descriptor: whole, in the order of each, and nobody waits for the
// reader.

#include "gateway/line_writer.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace sitegate {
namespace {

using testing::ElementsAre;

struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
  }
  ~Pipe() {
    ::close(ends[0]);
    if (ends[1] >= 0)
      ::close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  /// Waits for some octets; false: the other end is closed.
  bool read(std::string& text) const {
    std::array<char, 65536> buffer;
    const auto n = ::read(ends[0], buffer.data(), buffer.size());
    text.append(buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    return n > 0;
  }

  std::array<int, 2> ends{-1, -1};
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(LineWriter, writes_lines_in_their_order_and_all_of_them_at_its_end) {
  Pipe pipe;
  {
    LineWriter writer(pipe.ends[1], false, 100);
    writer.add("one");
    writer.add("");
    writer.add("three");
  }
  std::string text;
  pipe.read(text);
  EXPECT_EQ(text, "one\n\nthree\n");
}

TEST(LineWriter, a_line_needs_no_other_to_be_written) {
  Pipe pipe;
  LineWriter writer(pipe.ends[1], false, 100);
  std::string text;
  for (const char* line : {"one", "two"}) {
    writer.add(line);
    ASSERT_TRUE(pipe.read(text));
  }
  EXPECT_EQ(text, "one\ntwo\n");
}

TEST(LineWriter, lines_of_many_threads_stay_whole) {
  Pipe pipe;
  std::string text;
  std::thread reader([&] {
    while (pipe.read(text)) {
    }
  });
  {
    LineWriter writer(pipe.ends[1], false, 1'000'000);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&writer, thread] {
        for (int i = 0; i < 2000; ++i)
          writer.add(std::to_string(thread) + ':' + std::to_string(i) + std::string(100, 'x'));
      });
    threads.clear();
    EXPECT_EQ(writer.left_out(), 0U);
  }
  ::close(std::exchange(pipe.ends[1], -1));
  reader.join();
  std::array<int, 4> next{};
  for (const auto& line : lines_of(text)) {
    const auto thread = static_cast<std::size_t>(line.at(0) - '0');
    EXPECT_EQ(line, std::to_string(thread) + ':' + std::to_string(next.at(thread)++) +
                        std::string(100, 'x'));
  }
  EXPECT_THAT(next, ElementsAre(2000, 2000, 2000, 2000));
}

TEST(LineWriter, too_many_lines_that_wait_are_left_out_at_once) {
  Pipe pipe;
  std::string text;
  {
    LineWriter writer(pipe.ends[1], false, 10);
    const std::string line(100'000, 'x');  // more than a pipe holds: the writer is held up
    for (int i = 0; i < 100; ++i) writer.add(line);
    EXPECT_GE(writer.left_out(), 79U);  // ten wait, and ten at most are being written
    std::thread reader([&] {
      while (text.size() < 1000 && pipe.read(text)) {
      }
    });
    reader.join();
  }
  EXPECT_EQ(text.find_first_not_of('x'), std::string::npos);
}

TEST(LineWriter, who_reads_again_gets_whole_lines) {
  Pipe pipe;
  const std::string line(999, 'x');
  std::string text;
  LineWriter writer(pipe.ends[1], false, 1000);
  for (int i = 0; i < 200; ++i) writer.add(line);            // a pipe holds 64 KiB
  while (writer.left_out() == 0) std::this_thread::yield();  // its patience is over
  const auto left_out = writer.left_out();
  EXPECT_LT(left_out, 200U);
  writer.add(line);  // while nobody reads: what was begun is kept all the same
  while (writer.left_out() == left_out) std::this_thread::yield();
  while (text.find("end\n") == std::string::npos) {
    writer.add("end");
    ASSERT_TRUE(pipe.read(text));
  }
  for (const auto& each : lines_of(text)) EXPECT_TRUE(each == line || each == "end") << each;
}

TEST(LineWriter, a_file_takes_everything) {
  std::string name = testing::TempDir() + "lines-XXXXXX";
  const int file = ::mkstemp(name.data());
  {
    LineWriter writer(file, true, 10'000);
    for (int i = 0; i < 5000; ++i) writer.add(std::string(100, 'y'));
    EXPECT_EQ(writer.left_out(), 0U);
  }
  std::ifstream stream(name);
  std::string line;
  int lines = 0;
  for (; std::getline(stream, line); ++lines) EXPECT_EQ(line, std::string(100, 'y'));
  EXPECT_EQ(lines, 5000);
  std::filesystem::remove(name);
}

}  // namespace
}  // namespace sitegate
