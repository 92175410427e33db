#include "gateway/logs.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>

namespace sitegate {
namespace {

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

spdlog::sink_ptr access_sink(const std::string& where) {
  if (where == "stdout")
    return std::make_shared<spdlog::sinks::stdout_sink_mt>();
  return std::make_shared<spdlog::sinks::basic_file_sink_mt>(where);
}

}  // namespace

struct Logs::State {
  explicit State(const LogSettings& settings)
      : queue(std::make_shared<spdlog::details::thread_pool>(settings.queue, 1)) {
    const auto policy = spdlog::async_overflow_policy::overrun_oldest;
    if (settings.access != "off") {
      access = std::make_shared<spdlog::async_logger>("access", access_sink(settings.access), queue,
                                                      policy);
      access->set_pattern("%v");
    }
    process = std::make_shared<spdlog::async_logger>(
        "process", std::make_shared<spdlog::sinks::stderr_sink_mt>(), queue, policy);
    process->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    process->set_level(spdlog::level::from_str(settings.level));
    process->flush_on(spdlog::level::info);
  }

  std::shared_ptr<spdlog::details::thread_pool> queue;
  std::shared_ptr<spdlog::async_logger> access;
  std::shared_ptr<spdlog::async_logger> process;
  std::atomic<std::size_t> reported{0};
};

Logs::Logs(const LogSettings& settings) : state_(std::make_unique<State>(settings)) {}

Logs::~Logs() {
  flush();
  state_->process->flush();
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

void Logs::flush() {
  if (state_->access)
    state_->access->flush();
}

void Logs::report_dropped() {
  const auto dropped = state_->queue->overrun_counter();
  const auto before = state_->reported.exchange(dropped);
  if (dropped > before)
    process(LogLevel::Warning,
            "log lines dropped because the queue was full: " + std::to_string(dropped - before) +
                "; raise log.queue or write the access log to a faster place");
}

}  // namespace sitegate
