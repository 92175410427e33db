#include "gateway/logs.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

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

}  // namespace

struct Logs::State {
  explicit State(const LogSettings& settings)
      : access_queue(std::make_shared<spdlog::details::thread_pool>(settings.queue, 1)),
        process_queue(std::make_shared<spdlog::details::thread_pool>(settings.queue, 1)) {
    if (settings.access != "off") {
      access = std::make_shared<spdlog::async_logger>("access", access_sink(settings.access),
                                                      access_queue, kOverflow);
      access->set_pattern("%v");
    }
    process = std::make_shared<spdlog::async_logger>("process", stream_sink(STDERR_FILENO),
                                                     process_queue, kOverflow);
    process->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    process->set_level(spdlog::level::from_str(settings.level));
  }

  spdlog::sink_ptr access_sink(const std::string& where) {
    if (where == "stdout")
      return stream_sink(STDOUT_FILENO);
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(where);
  }
  spdlog::sink_ptr stream_sink(int descriptor) {
    return streams.emplace_back(std::make_shared<StreamSink>(descriptor));
  }

  /// By full queues and by readers of our streams who stopped reading.
  std::size_t dropped() const {
    std::size_t all = access_queue->overrun_counter() + process_queue->overrun_counter();
    for (const auto& stream : streams) all += stream->left_out();
    return all;
  }

  // One for each log: a flood of lines in the one must not push out those of the other.
  std::shared_ptr<spdlog::details::thread_pool> access_queue;
  std::shared_ptr<spdlog::details::thread_pool> process_queue;
  std::vector<std::shared_ptr<StreamSink>> streams;
  std::shared_ptr<spdlog::async_logger> access;
  std::shared_ptr<spdlog::async_logger> process;
  std::atomic<std::size_t> reported{0};

  struct Said {
    std::chrono::steady_clock::time_point at;
    std::size_t left_out = 0;
  };
  std::mutex mutex;  // of what was said; taken where a request fails by a site or by us
  std::unordered_map<std::string, Said> said;
};

Logs::Logs(const LogSettings& settings) : state_(std::make_unique<State>(settings)) {}

Logs::~Logs() {
  flush();
}

bool Logs::wants_access() const noexcept {
  return state_->access != nullptr;
}

void Logs::access(std::string_view line) {
  if (state_->access)
    state_->access->info(line);
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

void Logs::flush() {
  if (state_->access)
    state_->access->flush();
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
