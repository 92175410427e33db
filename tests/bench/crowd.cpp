// Many callers of one gateway, which the growth bench steers: some ask for many different tasks, in
// no order, and many more keep a connection and say nothing.
//
//   crowd PORT TOKEN PATHS ASKING
//
// PATHS is a file of paths of one length, one a line: it is mapped, so that ten million cost
// nothing here. ASKING connections are made at once. Then commands on standard input, one answer
// line for each:
//   ask MS    all of them ask again and again: done, failed, p50 and p99 (microseconds)
//   hold N    as many connections more that rest, after one request on each: how many there are now

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/connection.hpp"
#include "tests/bench/times.hpp"

namespace {

using bench::Clock;
constexpr auto kPatience = std::chrono::seconds(10);

template <class T>
T number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::runtime_error("no number: " + std::string(text));
  return value;
}

/// The lines of a file, all of one length.
class Paths {
 public:
  explicit Paths(const char* file) {
    const int descriptor = ::open(file, O_RDONLY);
    struct stat found {};
    if (descriptor < 0 || ::fstat(descriptor, &found) != 0 || found.st_size == 0)
      throw std::runtime_error(std::string("cannot read ") + file);
    const auto size = static_cast<std::size_t>(found.st_size);
    void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
    ::close(descriptor);
    if (mapped == MAP_FAILED)
      throw std::runtime_error(std::string("cannot map ") + file);
    text_ = {static_cast<const char*>(mapped), size};
    line_ = text_.find('\n') + 1;
    if (line_ == 0 || size % line_ != 0)
      throw std::runtime_error(std::string("lines of several lengths in ") + file);
    any_ = std::uniform_int_distribution<std::size_t>(0, size / line_ - 1);
  }

  std::string_view any() { return text_.substr(any_(random_) * line_, line_ - 1); }

 private:
  std::string_view text_;
  std::size_t line_ = 0;
  std::mt19937_64 random_{7};
  std::uniform_int_distribution<std::size_t> any_;
};

/// Who asks, each time for another task.
class Caller {
 public:
  Caller(std::uint16_t port, const std::string& token, Paths& paths)
      : token_(token), paths_(paths), errand_{port, {}}, connection_(errand_) {
    while (!connection_.shake_hands()) {
    }
  }

  bench::Connection& connection() { return connection_; }

  void ask() {
    errand_.request =
        "GET " + std::string(paths_.any()) +
        " HTTP/1.1\r\nHost: site1\r\nAccept: application/json\r\nX-VCAV-Auth: " + token_ +
        "\r\n\r\n";
    connection_.ask();
  }

 private:
  const std::string& token_;
  Paths& paths_;
  bench::Target errand_;
  bench::Connection connection_;
};

struct Slice {
  std::size_t failed = 0;
  std::vector<long> times;  // microseconds
};

class Crowd {
 public:
  Crowd(std::uint16_t port, std::string token, const char* paths, std::size_t asking)
      : port_(port), token_(std::move(token)), paths_(paths), poll_(::epoll_create1(0)) {
    while (asking_.size() < asking) {
      auto& caller = one_more(asking_);
      caller.connection().stop_waiting();
      epoll_event event{EPOLLIN, {.ptr = &caller}};
      ::epoll_ctl(poll_, EPOLL_CTL_ADD, caller.connection().socket(), &event);
    }
  }
  ~Crowd() { ::close(poll_); }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// Every caller has one request under way until the time is over; those are waited for.
  Slice ask(std::chrono::milliseconds length) {
    for (const auto& caller : asking_) caller->ask();
    Slice slice;
    const auto end = Clock::now() + length;
    for (auto running = asking_.size(); running > 0;) {
      epoll_event events[64];
      const int ready = ::epoll_wait(poll_, events, 64, 1000);
      if (ready <= 0 && Clock::now() > end + kPatience)
        throw std::runtime_error("the gateway no longer answers");
      for (int i = 0; i < ready; ++i) {
        auto& caller = *static_cast<Caller*>(events[i].data.ptr);
        auto& connection = caller.connection();
        if (!connection.advance())
          continue;
        const auto now = Clock::now();
        slice.failed += connection.succeeded() ? 0 : 1;
        slice.times.push_back(static_cast<long>(
            std::chrono::duration_cast<std::chrono::microseconds>(now - connection.asked())
                .count()));
        if (now < end)
          caller.ask();
        else
          --running;
      }
    }
    return slice;
  }

  /// One request each, so that whatever a first request costs in memory is there.
  std::size_t hold(std::size_t more) {
    for (; more > 0; --more) {
      auto& caller = one_more(resting_);
      caller.ask();
      while (!caller.connection().advance()) {
      }
      if (!caller.connection().succeeded())
        throw std::runtime_error("a request failed on a connection to be held");
    }
    return resting_.size();
  }

 private:
  using Callers = std::vector<std::unique_ptr<Caller>>;

  Caller& one_more(Callers& callers) {
    return *callers.emplace_back(std::make_unique<Caller>(port_, token_, paths_));
  }

  std::uint16_t port_;
  std::string token_;
  Paths paths_;
  int poll_;
  Callers asking_;
  Callers resting_;
};

void serve(Crowd& crowd) {
  std::cout << "ready" << std::endl;
  std::string command;
  std::size_t amount = 0;
  while (std::cin >> command >> amount) {
    if (command == "ask") {
      auto slice = crowd.ask(std::chrono::milliseconds(amount));
      std::cout << slice.times.size() << ' ' << slice.failed << ' '
                << bench::percentile(slice.times, 50) << ' ' << bench::percentile(slice.times, 99)
                << std::endl;
    } else if (command == "hold") {
      std::cout << crowd.hold(amount) << std::endl;
    } else {
      throw std::runtime_error("no command: " + command);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 5)
      throw std::runtime_error("usage: crowd PORT TOKEN PATHS ASKING");
    // Thousands of buffers for nothing would take the memory that the gateway is measured in.
    SSL_CTX_set_mode(bench::context(), SSL_MODE_RELEASE_BUFFERS);
    Crowd crowd(number<std::uint16_t>(argv[1]), argv[2], argv[3], number<std::size_t>(argv[4]));
    serve(crowd);
  } catch (const std::exception& error) {
    std::cerr << "crowd: " << error.what() << '\n';
    return 1;
  }
}
