// Many callers of one gateway, which the growth bench steers: some ask for many different tasks, in
// no order, and many more keep a connection and say nothing.
//
//   crowd PORT TOKEN PATHS SOURCE ASKING
//
// PATHS is a file of paths of one length, one a line: it is mapped, so that ten million cost
// nothing here. SOURCE is the address on the loopback network that the connections come from; each
// has its own 28 thousand ports. ASKING connections are made at once. Then commands on standard
// input, one answer line for each:
//   ask MS    all of them ask again and again: done, failed, p50 and p99 (microseconds)
//   hold N    as many connections more that rest, after one request on each: how many there are now

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
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

namespace {

using Clock = std::chrono::steady_clock;
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

/// Whom all connections go to, where they come from and what they ask.
struct Errand {
  std::uint16_t port;
  std::string token;
  Paths paths;
  in_addr source;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls{SSL_CTX_new(TLS_client_method()),
                                                        SSL_CTX_free};
};

/// One TLS connection and the request that is under way on it.
class Caller {
 public:
  explicit Caller(Errand& errand)
      : errand_(errand),
        socket_(::socket(AF_INET, SOCK_STREAM, 0)),
        tls_(SSL_new(errand.tls.get()), SSL_free) {
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // The port is chosen by `connect`, which knows the other end and finds one sooner.
    ::setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const auto from = address(errand.source, 0);
    const auto to = address({htonl(INADDR_LOOPBACK)}, errand.port);
    SSL_set_fd(tls_.get(), socket_);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 ||
        SSL_connect(tls_.get()) != 1)
      throw std::runtime_error("cannot connect to port " + std::to_string(errand.port));
  }
  ~Caller() { ::close(socket_); }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  int socket() const { return socket_; }
  Clock::time_point asked() const { return asked_; }

  void ask() {
    answer_.clear();
    const auto request =
        "GET " + std::string(errand_.paths.any()) +
        " HTTP/1.1\r\nHost: site1\r\nAccept: application/json\r\nX-VCAV-Auth: " + errand_.token +
        "\r\n\r\n";
    asked_ = Clock::now();
    if (SSL_write(tls_.get(), request.data(), static_cast<int>(request.size())) <= 0)
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
  static sockaddr_in address(in_addr host, std::uint16_t port) {
    return {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = host, .sin_zero = {}};
  }

  std::size_t content_length(std::size_t head) const {
    constexpr std::string_view kName = "\r\nContent-Length: ";
    const auto at = answer_.find(kName);
    if (at >= head)
      throw std::runtime_error("an answer without a Content-Length: " + answer_.substr(0, head));
    const auto begin = at + kName.size();
    return number<std::size_t>(
        std::string_view(answer_).substr(begin, answer_.find('\r', begin) - begin));
  }

  Errand& errand_;
  int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  std::string answer_;
  Clock::time_point asked_;
};

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

class Crowd {
 public:
  Crowd(Errand& errand, std::size_t asking) : errand_(errand), poll_(::epoll_create1(0)) {
    while (asking_.size() < asking) {
      auto& caller = *asking_.emplace_back(std::make_unique<Caller>(errand_));
      ::fcntl(caller.socket(), F_SETFL, O_NONBLOCK);
      epoll_event event{EPOLLIN, {.ptr = &caller}};
      ::epoll_ctl(poll_, EPOLL_CTL_ADD, caller.socket(), &event);
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
        if (!caller.read())
          continue;
        const auto now = Clock::now();
        slice.failed += caller.succeeded() ? 0 : 1;
        slice.times.push_back(static_cast<long>(
            std::chrono::duration_cast<std::chrono::microseconds>(now - caller.asked()).count()));
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
      auto& caller = *resting_.emplace_back(std::make_unique<Caller>(errand_));
      caller.ask();
      while (!caller.read()) {
      }
      if (!caller.succeeded())
        throw std::runtime_error("a request failed on a connection to be held");
    }
    return resting_.size();
  }

 private:
  using Callers = std::vector<std::unique_ptr<Caller>>;

  Errand& errand_;
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
      std::cout << slice.times.size() << ' ' << slice.failed << ' ' << slice.percentile(50) << ' '
                << slice.percentile(99) << std::endl;
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
    if (argc != 6)
      throw std::runtime_error("usage: crowd PORT TOKEN PATHS SOURCE ASKING");
    Errand errand{number<std::uint16_t>(argv[1]), argv[2], Paths(argv[3]), {}};
    if (::inet_aton(argv[4], &errand.source) == 0)
      throw std::runtime_error("no address: " + std::string(argv[4]));
    // Thousands of buffers for nothing would take the memory that the gateway is measured in.
    SSL_CTX_set_mode(errand.tls.get(), SSL_MODE_RELEASE_BUFFERS);
    Crowd crowd(errand, number<std::size_t>(argv[5]));
    serve(crowd);
  } catch (const std::exception& error) {
    std::cerr << "crowd: " << error.what() << '\n';
    return 1;
  }
}
