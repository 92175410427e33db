#include "gateway/logs.hpp"

#include <fcntl.h>
#include <spdlog/async.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "gateway/line_writer.hpp"
#include "gateway/stream_sink.hpp"

namespace sitegate {
namespace {

constexpr std::chrono::seconds kRarely{10};
constexpr std::size_t kMaxKinds = 1024;  // names of sites and codes: what is configured
constexpr auto kOverflow = spdlog::async_overflow_policy::overrun_oldest;

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warning:
      return spdlog::level::warn;
    case LogLevel::Severe:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

int open_file(const std::string& name) {
  const int descriptor =
      ::open(name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP);
  if (descriptor < 0)
    throw std::system_error(errno, std::generic_category(), "cannot open the log " + name);
  return descriptor;
}

}  // namespace

struct Logs::State {
  explicit State(const LogSettings& settings)
      : process_queue(std::make_shared<spdlog::details::thread_pool>(settings.queue, 1)),
        process_sink(std::make_shared<StreamSink>(STDERR_FILENO)) {
    if (settings.access == "stdout")
      access.emplace(STDOUT_FILENO, false, settings.queue);
    else if (settings.access != "off")
      access.emplace(open_file(settings.access), true, settings.queue);
    process =
        std::make_shared<spdlog::async_logger>("process", process_sink, process_queue, kOverflow);
    process->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    process->set_level(spdlog::level::from_str(settings.level));
  }

  /// By full queues and by readers of our streams who stopped reading.
  std::size_t dropped() const {
    return process_queue->overrun_counter() + process_sink->left_out() +
           (access ? access->left_out() : 0);
  }

  // Each log has a queue of its own: a flood of lines in the one must not push out those of the
  // other.
  std::optional<LineWriter> access;
  std::shared_ptr<spdlog::details::thread_pool> process_queue;
  std::shared_ptr<StreamSink> process_sink;
  std::shared_ptr<spdlog::async_logger> process;
  std::atomic<std::size_t> reported{0};

  struct Said {
    std::chrono::steady_clock::time_point at;
    std::size_t left_out = 0;
  };
  std::mutex mutex;  // of what was said; taken where a request fails by a site or by us
  std::unordered_map<std::string, Said> said;
};

std::string what_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

Logs::Logs(const LogSettings& settings) : state_(std::make_unique<State>(settings)) {}

Logs::~Logs() = default;

bool Logs::wants_access() const noexcept {
  return state_->access.has_value();
}

void Logs::access(std::string_view line) {
  if (state_->access)
    state_->access->add(line);
}

void Logs::process(LogLevel level, std::string_view line) {
  state_->process->log(spdlog_level(level), line);
}

void Logs::process_rarely(LogLevel level, const std::string& kind, const std::string& line) {
  const auto now = std::chrono::steady_clock::now();
  std::size_t left_out = 0;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->said.size() >= kMaxKinds)
      state_->said.clear();
    const auto [found, first] = state_->said.try_emplace(kind, State::Said{now});
    if (!first && now - found->second.at < kRarely) {
      ++found->second.left_out;
      return;
    }
    left_out = std::exchange(found->second, State::Said{now}).left_out;
  }
  process(level,
          left_out == 0 ? line : line + " (and " + std::to_string(left_out) + " more of the kind)");
}

void Logs::report_dropped() {
  const auto dropped = state_->dropped();
  const auto before = state_->reported.exchange(dropped);
  if (dropped > before)
    process(LogLevel::Warning,
            "log lines dropped because the queue was full or nobody read them: " +
                std::to_string(dropped - before) +
                "; raise log.queue or write the access log to a faster place");
}

}  // namespace sitegate
