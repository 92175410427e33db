#pragma once
// The lines of a file, one after the other, in bounded memory however long a line is.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "contract/result.hpp"

namespace sitegate {

struct Line {
  std::uint64_t number = 0;  ///< from 1, blank lines counted
  std::string_view text;     ///< without LF or CRLF; valid until the next line is read
  bool too_long = false;     ///< more than the limit: `text` is empty
};

class LineReader {
 public:
  /// Regular files only: whoever reads lines reads them twice. `limit`: octets of a line. The
  /// error's `detail` says what is wrong with the file.
  static Result<LineReader> open(const std::filesystem::path& file, std::size_t limit);
  LineReader(LineReader&& other) noexcept;
  LineReader& operator=(LineReader&&) = delete;
  ~LineReader();

  /// The next line that is not blank; false at the end. The last line needs no line end.
  Result<bool> next(Line& line);

  std::uint64_t octets_read() const noexcept { return octets_read_; }
  std::uint64_t octets_in_all() const noexcept { return octets_in_all_; }

 private:
  LineReader(int fd, std::filesystem::path file, std::uint64_t octets, std::size_t limit)
      : fd_(fd), file_(std::move(file)), octets_in_all_(octets), limit_(limit) {}
  Result<bool> fill();
  /// The next line of any kind into line_, cut a little above the limit.
  Result<bool> take_line();

  int fd_;
  std::filesystem::path file_;
  std::uint64_t octets_in_all_;
  std::size_t limit_;
  std::uint64_t octets_read_ = 0;
  std::uint64_t lines_ = 0;
  std::string buffer_;    // what was read last
  std::size_t used_ = 0;  // of buffer_
  std::string line_;
};

}  // namespace sitegate
