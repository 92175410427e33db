// A load generator that a benchmark steers: it holds TLS connections to several targets and asks
// one of them at a time, so that the targets can be measured in turn, under the same conditions.
//
//   load CONNECTIONS { PORT PATH TOKEN }...      one triple for each target on 127.0.0.1
//
// Commands on standard input, one answer line for each; targets are counted from 0:
//   slice TARGET MS   every connection asks again and again: done, failed, p50 and p99
//   (microseconds) hold TARGET N     N more connections, one request on each, then silence: how
//   many are held release           closes what is held: 0

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(10);

struct Target {
  std::uint16_t port;
  std::string request;
};

SSL_CTX* context() {
  static SSL_CTX* made = SSL_CTX_new(TLS_client_method());
  return made;
}

/// One TLS connection and the request that is under way on it.
class Connection {
 public:
  explicit Connection(const Target& target)
      : request_(target.request),
        socket_(::socket(AF_INET, SOCK_STREAM, 0)),
        tls_(SSL_new(context()), SSL_free) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_set_fd(tls_.get(), socket_);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        SSL_connect(tls_.get()) != 1)
      throw std::runtime_error("cannot connect to port " + std::to_string(target.port));
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// From now on `read` never waits.
  void stop_waiting() { ::fcntl(socket_, F_SETFL, O_NONBLOCK); }

  int socket() const { return socket_; }
  Clock::time_point asked() const { return asked_; }

  void ask() {
    answer_.clear();
    asked_ = Clock::now();
    if (SSL_write(tls_.get(), request_.data(), static_cast<int>(request_.size())) <= 0)
      throw std::runtime_error("a connection ended while a request was written");
  }

  /// Reads what is there (waits for it, when the socket blocks). True: the answer is whole.
  bool read() {
    char buffer[16384];
    const int got = SSL_read(tls_.get(), buffer, sizeof buffer);
    if (got <= 0 && SSL_get_error(tls_.get(), got) == SSL_ERROR_WANT_READ)
      return false;
    if (got <= 0)
      throw std::runtime_error("a connection ended before its answer");
    answer_.append(buffer, static_cast<std::size_t>(got));
    const auto head = answer_.find("\r\n\r\n");
    return head != std::string::npos && answer_.size() >= head + 4 + content_length(head);
  }
  bool succeeded() const { return answer_.starts_with("HTTP/1.1 200 "); }

 private:
  std::size_t content_length(std::size_t head) const {
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      const auto at = answer_.find(name);
      std::size_t length = 0;
      if (at < head &&
          std::from_chars(answer_.data() + at + name.size(), answer_.data() + head, length).ec ==
              std::errc{})
        return length;
    }
    throw std::runtime_error("an answer without a Content-Length: " + answer_.substr(0, head));
  }

  const std::string& request_;
  int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  std::string answer_;
  Clock::time_point asked_;
};

using Connections = std::vector<std::unique_ptr<Connection>>;

struct Slice {
  std::size_t failed = 0;
  std::vector<long> times;  // microseconds

  long percentile(std::size_t share) {
    if (times.empty())
      return 0;
    const auto at = times.begin() + static_cast<std::ptrdiff_t>(times.size() * share / 100);
    std::nth_element(times.begin(), at, times.end());
    return *at;
  }
};

/// Every connection has one request under way until the time is over; those are waited for.
Slice run_slice(const Connections& connections, std::chrono::milliseconds length) {
  const int poll = ::epoll_create1(0);
  for (const auto& connection : connections) {
    connection->stop_waiting();
    epoll_event event{EPOLLIN, {.ptr = connection.get()}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, connection->socket(), &event);
    connection->ask();
  }
  Slice slice;
  const auto end = Clock::now() + length;
  for (auto running = connections.size(); running > 0;) {
    epoll_event events[64];
    const int ready = ::epoll_wait(poll, events, 64, 1000);
    if (ready <= 0 && Clock::now() > end + kPatience)
      throw std::runtime_error("a target no longer answers");
    for (int i = 0; i < ready; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      if (!connection.read())
        continue;
      const auto now = Clock::now();
      slice.failed += connection.succeeded() ? 0 : 1;
      slice.times.push_back(static_cast<long>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - connection.asked()).count()));
      if (now < end)
        connection.ask();
      else
        --running;
    }
  }
  ::close(poll);
  return slice;
}

/// One request each, so that whatever a first request costs in memory is there.
Connections hold(const Target& target, std::size_t count) {
  Connections held;
  while (held.size() < count) {
    auto& connection = *held.emplace_back(std::make_unique<Connection>(target));
    connection.ask();
    while (!connection.read()) {
    }
    if (!connection.succeeded())
      throw std::runtime_error("a request failed on a connection to be held");
  }
  return held;
}

template <class T>
T number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::runtime_error("no number: " + std::string(text));
  return value;
}

void serve(const std::vector<Target>& targets, const std::vector<Connections>& connections) {
  Connections held;
  std::string command;
  while (std::cin >> command) {
    if (command == "release") {
      held.clear();
      std::cout << 0 << std::endl;
      continue;
    }
    std::size_t target = 0;
    std::size_t amount = 0;
    std::cin >> target >> amount;
    if (command == "slice") {
      auto slice = run_slice(connections.at(target), std::chrono::milliseconds(amount));
      std::cout << slice.times.size() << ' ' << slice.failed << ' ' << slice.percentile(50) << ' '
                << slice.percentile(99) << std::endl;
    } else if (command == "hold") {
      held = hold(targets.at(target), amount);
      std::cout << held.size() << std::endl;
    } else {
      throw std::runtime_error("no command: " + command);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    std::vector<Target> targets;
    for (std::size_t i = 1; i + 2 < arguments.size(); i += 3)
      targets.push_back({number<std::uint16_t>(arguments[i]),
                         "GET " + arguments[i + 1] + " HTTP/1.1\r\nHost: site1\r\nX-VCAV-Auth: " +
                             arguments[i + 2] + "\r\nAccept: application/json\r\n\r\n"});
    std::vector<Connections> connections(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i)
      while (connections[i].size() < number<std::size_t>(arguments.at(0)))
        connections[i].push_back(std::make_unique<Connection>(targets[i]));
    std::cout << "ready" << std::endl;
    serve(targets, connections);
  } catch (const std::exception& error) {
    std::cerr << "load: " << error.what() << '\n';
    return 1;
  }
}
