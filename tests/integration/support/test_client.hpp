#pragma once
// A blocking HTTP/1.1 client that sends exactly what a test says.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/integration/support/answer.hpp"
#include "tests/integration/support/wire.hpp"

namespace sitegate::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A request's text; Content-Length is added when there is a body.
std::string request_text(std::string_view method, std::string_view target, const Fields& fields,
                         std::string_view body = {});

class TestClient {
 public:
  /// One connection. Throws std::runtime_error when it cannot be had.
  TestClient(std::uint16_t port, const TlsSideHandle& side, const std::string& tls_name);
  explicit TestClient(std::uint16_t port);  ///< without TLS

  /// Throws when the connection ends, or nothing comes in time, before the answer is whole.
  Answer ask(std::string_view method, std::string_view target, const Fields& fields = {},
             std::string_view body = {});
  Answer get(std::string_view target, const Fields& fields = {}) {
    return ask("GET", target, fields);
  }

  void send(std::string_view octets) { wire_.write(octets); }
  Answer read_answer(bool has_body = true);

  /// The other side says nothing more: it closes, whatever it sends before is lost.
  WireEnd wait_for_end() { return wire_.drain(); }

 private:
  std::string read_through(std::string_view mark);
  void read_more();

  Wire wire_;
  std::string in_;
};

}  // namespace sitegate::test
