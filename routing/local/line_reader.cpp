#include "routing/local/line_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sitegate {
namespace {

constexpr std::size_t kBufferSize = 256 * 1024;

Error failure(const std::filesystem::path& file, std::string_view what) {
  return make_error(ErrorCode::BadUserInput, {}, "'" + file.string() + "' " + std::string(what));
}

Error failure(const std::filesystem::path& file, int error) {
  return failure(file, std::string("cannot be read: ") + std::strerror(error));
}

}  // namespace

Result<LineReader> LineReader::open(const std::filesystem::path& file, std::size_t limit) {
  // A pipe would wait here for its writer, so it is not waited for.
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return failure(file, errno);
  struct stat status {};
  const int outcome = ::fstat(fd, &status);
  LineReader reader(fd, file, static_cast<std::uint64_t>(status.st_size), limit);
  if (outcome != 0)
    return failure(file, errno);
  if (!S_ISREG(status.st_mode))
    return failure(file,
                   "is not a regular file, and it has to be read twice: write its content "
                   "to a file first");
  return reader;
}

LineReader::LineReader(LineReader&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      file_(std::move(other.file_)),
      octets_in_all_(other.octets_in_all_),
      limit_(other.limit_),
      octets_read_(other.octets_read_),
      lines_(other.lines_),
      buffer_(std::move(other.buffer_)),
      used_(other.used_),
      line_(std::move(other.line_)) {}

LineReader::~LineReader() {
  if (fd_ >= 0)
    ::close(fd_);
}

Result<bool> LineReader::fill() {
  buffer_.resize(kBufferSize);
  used_ = 0;
  ssize_t size = 0;
  do size = ::read(fd_, buffer_.data(), buffer_.size());
  while (size < 0 && errno == EINTR);
  buffer_.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  if (size < 0)
    return failure(file_, errno);
  return size > 0;
}

Result<bool> LineReader::take_line() {
  const std::size_t enough = limit_ + 2;  // beyond it only the fact matters; one may be a CR
  line_.clear();
  for (bool any = false;; any = true) {
    if (used_ == buffer_.size()) {
      SITEGATE_TRY(const bool more, fill());
      if (!more)
        return any;
    }
    const auto rest = std::string_view(buffer_).substr(used_);
    const auto end = rest.find('\n');
    const auto piece = rest.substr(0, end);
    line_.append(piece.substr(0, enough - line_.size()));
    const std::size_t taken = piece.size() + (end != std::string_view::npos ? 1 : 0);
    used_ += taken;
    octets_read_ += taken;
    if (end != std::string_view::npos)
      return true;
  }
}

Result<bool> LineReader::next(Line& line) {
  for (;;) {
    SITEGATE_TRY(const bool there, take_line());
    if (!there)
      return false;
    ++lines_;
    if (line_.ends_with('\r'))
      line_.pop_back();
    const bool too_long = line_.size() > limit_;
    if (!too_long && line_.find_first_not_of(" \t") == std::string::npos)
      continue;
    line = {.number = lines_, .text = too_long ? std::string_view{} : line_, .too_long = too_long};
    return true;
  }
}

}  // namespace sitegate
