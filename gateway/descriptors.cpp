#include "gateway/descriptors.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace sitegate {
namespace {

// Standard streams, logs, lock, resolver, probes, and connections that are turned away.
constexpr std::size_t kOfTheProcess = 192;
// Of one worker: event queues, timer and wake-up, the ring of sends, the store's files, a spare
// one.
constexpr std::size_t kOfAWorker = 14;

}  // namespace

std::size_t raise_descriptor_limit() {
  ::rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return std::numeric_limits<std::size_t>::max();
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::size_t reserved_descriptors(const Settings& settings, std::size_t workers) {
  std::size_t reserved = kOfTheProcess + workers * (kOfAWorker + settings.listeners.size());
  for (const auto& site : settings.sites) reserved += site.max_in_flight;
  return reserved;
}

std::size_t connections_that_fit(std::size_t wanted, std::size_t all, std::size_t reserved) {
  return std::min(wanted, all / 2 > reserved ? all - reserved : all / 2);
}

void SpareDescriptor::lend() noexcept {
  if (fd_ >= 0)
    ::close(std::exchange(fd_, -1));
}

void SpareDescriptor::take_back() noexcept {
  if (fd_ < 0)
    fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace sitegate
