// A load generator that a benchmark steers: it holds TLS connections to several targets and asks
// one of them at a time, so that the targets can be measured in turn, under the same conditions.
//
//   load CALLERS { PORT PATH TOKEN }...      one triple for each target on 127.0.0.1
//
// Each target has so many callers with a connection each. They come from many loopback addresses,
// as callers do: no limit per address and no lack of ports is met. Commands on standard input, one
// answer line for each; targets are counted from 0.
//
//   slice TARGET MS         every caller asks again and again
//   handshakes TARGET MS    the same, but each time on a new connection, after a full handshake
//   resumptions TARGET MS   the same, with the newest ticket of the connection before
//
//   paced RATE SEED TARGET MS   so many requests a second, however long the answers take, due at
//                           random times, which are the same for the same seed; the caller who has
//                           rested longest asks. Times count from when a request was due.
//
// answer: done, failed, resumed, the time it took, p50 and p99, and by how much what was due was
// asked late although a caller rested, p99 (microseconds).
//
//   hold TARGET N           N more connections, one request on each, then silence; answers
//                           how many there are now
//   release                 closes what is held; answers 0

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <deque>
#include <iostream>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/connection.hpp"

namespace {

using bench::Clock;
using bench::Connection;
using bench::microseconds;
using bench::percentile;
using bench::Target;
using bench::Ticket;
constexpr auto kPatience = std::chrono::seconds(10);

using Connections = std::vector<std::unique_ptr<Connection>>;

struct Slice {
  std::size_t failed = 0;
  std::size_t resumed = 0;
  long took = 0;            // microseconds, like each of the times
  std::vector<long> times;  // of what was answered
  std::vector<long> late;   // of what was asked, when it was due before

  void add(const Connection& answered, Clock::time_point now) {
    if (!answered.succeeded() && failed++ == 0)
      std::cerr << "load: the first that failed: " << answered.answer() << '\n';
    resumed += answered.resumed() ? 1 : 0;
    times.push_back(microseconds(now - answered.asked()));
  }
};

/// Which callers can go on: those to whom something came, and once each that was just added.
class Poll {
 public:
  ~Poll() { ::close(poll_); }

  void add(Connection& connection, std::size_t caller) {
    connection.stop_waiting();
    epoll_event event{EPOLLIN | EPOLLOUT | EPOLLET, {.u64 = caller}};
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket(), &event);
  }
  /// Nobody, when nothing came for so long.
  std::span<const epoll_event> wait(std::chrono::nanoseconds most = std::chrono::seconds(1)) {
    const timespec time{most / std::chrono::seconds(1),
                        (most % std::chrono::seconds(1)) / std::chrono::nanoseconds(1)};
    const int ready =
        ::epoll_pwait2(poll_, events_.data(), static_cast<int>(events_.size()), &time, nullptr);
    return {events_.data(), static_cast<std::size_t>(std::max(ready, 0))};
  }

 private:
  const int poll_ = ::epoll_create1(0);
  std::array<epoll_event, 64> events_;
};

/// Every caller has one request under way until the time is over; those are waited for. `ask` makes
/// one caller ask, for the first time or once more.
template <class Ask>
Slice run(const Connections& callers, Poll& poll, std::chrono::milliseconds length,
          const Ask& ask) {
  Slice slice;
  const auto begin = Clock::now();
  const auto end = begin + length;
  for (std::size_t caller = 0; caller < callers.size(); ++caller) ask(caller);
  for (auto running = callers.size(); running > 0;) {
    const auto ready = poll.wait();
    if (ready.empty() && Clock::now() > end + kPatience)
      throw std::runtime_error("a target no longer answers " + std::to_string(running) +
                               " callers");
    for (const auto& event : ready) {
      const std::size_t caller = event.data.u64;
      if (!callers[caller]->advance())
        continue;
      const auto now = Clock::now();
      slice.add(*callers[caller], now);
      if (now < end)
        ask(caller);
      else
        --running;
    }
  }
  slice.took = microseconds(Clock::now() - begin);
  return slice;
}

Slice run_slice(const Connections& callers, std::chrono::milliseconds length) {
  Poll poll;
  for (std::size_t caller = 0; caller < callers.size(); ++caller)
    poll.add(*callers[caller], caller);
  return run(callers, poll, length, [&](std::size_t caller) { callers[caller]->ask(); });
}

Slice run_paced(const Connections& callers, std::chrono::milliseconds length, double rate,
                unsigned seed) {
  Poll poll;
  std::deque<std::size_t> resting;
  for (std::size_t caller = 0; caller < callers.size(); ++caller) {
    poll.add(*callers[caller], caller);
    resting.push_back(caller);
  }
  std::minstd_rand random(seed);
  std::exponential_distribution<double> gap(rate);
  Slice slice;
  const auto begin = Clock::now();
  const auto end = begin + length;
  auto next = begin;
  std::deque<Clock::time_point> due;
  while (next < end || !due.empty() || resting.size() < callers.size()) {
    const auto now = Clock::now();
    if (now > end + kPatience)
      throw std::runtime_error("a target is behind by " + std::to_string(due.size()) +
                               " requests and those under way: a lower rate is wanted");
    const bool was_full = resting.empty() || !due.empty();
    for (; next < std::min(now, end);
         next += std::chrono::nanoseconds(static_cast<long>(gap(random) * 1e9)))
      due.push_back(next);
    for (; !due.empty() && !resting.empty(); due.pop_front(), resting.pop_front()) {
      if (!was_full)
        slice.late.push_back(microseconds(Clock::now() - due.front()));
      callers[resting.front()]->ask(due.front());
    }
    const auto most = next < end ? next - Clock::now() : std::chrono::seconds(1);
    for (const auto& event : poll.wait(std::max(most, Clock::duration::zero()))) {
      const std::size_t caller = event.data.u64;
      if (!callers[caller]->advance())
        continue;
      slice.add(*callers[caller], Clock::now());
      resting.push_back(caller);
    }
  }
  slice.took = microseconds(Clock::now() - begin);
  return slice;
}

Slice run_handshakes(const Target& target, Connections& callers, std::chrono::milliseconds length,
                     bool resume) {
  Poll poll;
  return run(callers, poll, length, [&](std::size_t caller) {
    auto& connection = callers[caller];
    const Ticket ticket = resume ? connection->ticket() : Ticket{nullptr, SSL_SESSION_free};
    connection.reset();
    connection = std::make_unique<Connection>(target, ticket);
    poll.add(*connection, caller);
  });
}

/// So many more, with one request each, so that whatever a first request costs in memory is there.
void hold(Connections& held, const Target& target, std::size_t more) {
  for (; more > 0; --more) {
    auto& connection = *held.emplace_back(std::make_unique<Connection>(target));
    if (!connection.advance() || !connection.succeeded())
      throw std::runtime_error("a request failed on a connection to be held");
  }
}

template <class T>
T number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::runtime_error("no number: " + std::string(text));
  return value;
}

void serve(const std::vector<Target>& targets, std::vector<Connections>& callers) {
  Connections held;
  std::string command;
  while (std::cin >> command) {
    if (command == "release") {
      held.clear();
      std::cout << 0 << std::endl;
      continue;
    }
    double rate = 0;
    unsigned seed = 0;
    if (command == "paced")
      std::cin >> rate >> seed;
    std::size_t target = 0;
    std::size_t amount = 0;
    std::cin >> target >> amount;
    if (command == "hold") {
      hold(held, targets.at(target), amount);
      std::cout << held.size() << std::endl;
      continue;
    }
    const std::chrono::milliseconds length(amount);
    Slice slice;
    if (command == "slice")
      slice = run_slice(callers.at(target), length);
    else if (command == "paced")
      slice = run_paced(callers.at(target), length, rate, seed);
    else if (command == "handshakes" || command == "resumptions")
      slice =
          run_handshakes(targets.at(target), callers.at(target), length, command == "resumptions");
    else
      throw std::runtime_error("no command: " + command);
    std::cout << slice.times.size() << ' ' << slice.failed << ' ' << slice.resumed << ' '
              << slice.took << ' ' << percentile(slice.times, 50) << ' '
              << percentile(slice.times, 99) << ' ' << percentile(slice.late, 99) << std::endl;
  }
}

/// Connections to all targets, after their handshakes.
std::vector<Connections> open(const std::vector<Target>& targets, std::size_t callers) {
  std::vector<Connections> opened(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i)
    while (opened[i].size() < callers)
      opened[i].emplace_back(std::make_unique<Connection>(targets[i]))->shake_hands();
  return opened;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // else every wait is some 50 us longer
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    std::vector<Target> targets;
    for (std::size_t i = 1; i + 2 < arguments.size(); i += 3)
      targets.push_back({number<std::uint16_t>(arguments[i]),
                         "GET " + arguments[i + 1] + " HTTP/1.1\r\nHost: site1\r\nX-VCAV-Auth: " +
                             arguments[i + 2] + "\r\nAccept: application/json\r\n\r\n"});
    auto callers = open(targets, number<std::size_t>(arguments.at(0)));
    std::cout << "ready" << std::endl;
    serve(targets, callers);
  } catch (const std::exception& error) {
    std::cerr << "load: " << error.what() << '\n';
    return 1;
  }
}
