#pragma once
// The `openssl` command as the other end of a connection, over a loopback socket.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/transport/tls_world.hpp"

namespace sitegate::test {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int get() const { return number_; }
  void reset();

 private:
  int number_;
};

/// Listens on 127.0.0.1, any free port.
struct Listening {
  Descriptor socket;
  std::string port;
};
Listening listen_on_loopback();
Descriptor connect_to_loopback(const std::string& port);

/// `openssl ARGUMENTS`; what it says on both outputs is `said`. Ended with the object.
class OpensslTool {
 public:
  explicit OpensslTool(std::vector<std::string> arguments);
  ~OpensslTool();
  OpensslTool(const OpensslTool&) = delete;
  OpensslTool& operator=(const OpensslTool&) = delete;

  /// Becomes its standard input, as fast as it reads.
  std::string to_say;
  std::string said;

 private:
  friend class Conversation;
  Descriptor input_;
  Descriptor output_;
  pid_t process_ = -1;
};

/// Moves octets between the tool, a socket and our end until `done`, 20 seconds at most.
class Conversation {
 public:
  explicit Conversation(OpensslTool& tool) : tool_(tool) {}
  Conversation(OpensslTool& tool, Descriptor socket, End& end)
      : tool_(tool), socket_(std::move(socket)), end_(&end) {}

  /// False when time ran out; the test should fail then.
  bool until(const std::function<bool()>& done);

  /// The other side ended the TCP connection.
  bool cut() const { return cut_; }

 private:
  void wait() const;
  void tool_turn();
  void socket_turn();

  OpensslTool& tool_;
  Descriptor socket_;
  End* end_ = nullptr;
  bool cut_ = false;
};

}  // namespace sitegate::test
