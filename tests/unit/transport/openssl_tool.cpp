#include "tests/unit/transport/openssl_tool.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <stdexcept>

namespace sitegate::test {
namespace {

void require(bool worked, const char* what) {
  if (!worked) {
    throw std::runtime_error(what);
  }
}

sockaddr_in loopback(const std::string& port) {
  std::uint16_t number = 0;
  require(std::from_chars(port.data(), port.data() + port.size(), number).ec == std::errc{},
          "no port");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(number);
  return address;
}

Descriptor stream_socket() {
  Descriptor made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  require(made.get() >= 0, "no socket");
  return made;
}

}  // namespace

void Descriptor::reset() {
  if (number_ >= 0) {
    close(std::exchange(number_, -1));
  }
}

Listening listen_on_loopback() {
  Listening made{stream_socket(), ""};
  sockaddr_in address = loopback("0");
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  require(bind(made.socket.get(), generic, size) == 0 && listen(made.socket.get(), 1) == 0 &&
              getsockname(made.socket.get(), generic, &size) == 0,
          "cannot listen");
  made.port = std::to_string(ntohs(address.sin_port));
  return made;
}

Descriptor connect_to_loopback(const std::string& port) {
  Descriptor made = stream_socket();
  const sockaddr_in address = loopback(port);
  require(connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
          "cannot connect");
  return made;
}

OpensslTool::OpensslTool(std::vector<std::string> arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  require(pipe2(in.data(), O_CLOEXEC) == 0 && pipe2(out.data(), O_CLOEXEC) == 0, "no pipe");
  const Descriptor child_in(in[0]);
  const Descriptor child_out(out[1]);
  input_ = Descriptor(in[1]);
  output_ = Descriptor(out[0]);
  fcntl(input_.get(), F_SETFL, O_NONBLOCK);
  arguments.insert(arguments.begin(), "openssl");
  std::vector<char*> raw;
  for (std::string& argument : arguments) {
    raw.push_back(argument.data());
  }
  raw.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, child_in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_out.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_out.get(), STDERR_FILENO);
  const int failed = posix_spawnp(&process_, "openssl", &actions, nullptr, raw.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  require(failed == 0, "cannot run openssl");
}

OpensslTool::~OpensslTool() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

bool Conversation::until(const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  if (end_ != nullptr) {
    end_->drive();
  }
  while (!done()) {
    if (std::chrono::steady_clock::now() > give_up) {
      return false;
    }
    wait();
    tool_turn();
    if (end_ != nullptr && !cut_) {
      socket_turn();
    }
  }
  return true;
}

void Conversation::wait() const {
  const auto writing = [](bool wanted) { return static_cast<short>(wanted ? POLLOUT : 0); };
  const bool open = end_ != nullptr && !cut_;
  std::array<pollfd, 3> all{
      pollfd{tool_.output_.get(), POLLIN, 0},
      pollfd{tool_.to_say.empty() ? -1 : tool_.input_.get(), POLLOUT, 0},
      pollfd{open ? socket_.get() : -1, POLLIN, 0},
  };
  if (open) {
    all[2].events = static_cast<short>(POLLIN | writing(!end_->tls.output().empty()));
  }
  poll(all.data(), all.size(), 100);
}

void Conversation::tool_turn() {
  std::array<char, 16384> buffer{};
  pollfd readable{tool_.output_.get(), POLLIN, 0};
  if (poll(&readable, 1, 0) == 1) {
    const ssize_t size = read(tool_.output_.get(), buffer.data(), buffer.size());
    if (size > 0) {
      tool_.said.append(buffer.data(), static_cast<std::size_t>(size));
    } else {
      tool_.output_.reset();  // it has ended
    }
  }
  if (!tool_.to_say.empty()) {
    const ssize_t size = write(tool_.input_.get(), tool_.to_say.data(), tool_.to_say.size());
    if (size > 0) {
      tool_.to_say.erase(0, static_cast<std::size_t>(size));
    }
  }
}

void Conversation::socket_turn() {
  std::array<char, 16384> buffer{};
  const ssize_t size = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size > 0) {
    end_->take({buffer.data(), static_cast<std::size_t>(size)});
  }
  cut_ = size == 0 || (size < 0 && errno != EAGAIN);
  const std::string_view output = end_->tls.output();
  if (!output.empty()) {
    const ssize_t sent =
        send(socket_.get(), output.data(), output.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      end_->tls.sent(static_cast<std::size_t>(sent));
    }
  }
}

}  // namespace sitegate::test
