#include "tests/integration/support/test_client.hpp"

#include <charconv>
#include <stdexcept>

namespace sitegate::test {
namespace {

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || at != text.data() + text.size())
    throw std::runtime_error("no number: " + std::string(text));
  return value;
}

}  // namespace

std::string request_text(std::string_view method, std::string_view target, const Fields& fields,
                         std::string_view body) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: gateway.test\r\n");
  for (const auto& [name, value] : fields)
    text.append(name).append(": ").append(value).append("\r\n");
  if (!body.empty())
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  return text.append("\r\n").append(body);
}

TestClient::TestClient(std::uint16_t port, const TlsSideHandle& side, const std::string& tls_name)
    : wire_(Wire::connect_to(port)) {
  if (!wire_.start_tls(side, tls_name))
    throw std::runtime_error("TLS: " + wire_.tls_error());
}

TestClient::TestClient(std::uint16_t port) : wire_(Wire::connect_to(port)) {}

Answer TestClient::ask(std::string_view method, std::string_view target, const Fields& fields,
                       std::string_view body) {
  send(request_text(method, target, fields, body));
  return read_answer(method != "HEAD");
}

Answer TestClient::read_answer(bool has_body) {
  Answer answer;
  do {
    answer.head = read_through("\r\n\r\n");
    if (answer.head.substr(0, 9) != "HTTP/1.1 ")
      throw std::runtime_error("no answer: " + answer.head);
    answer.status = static_cast<int>(number(answer.head.substr(9, 3)));
  } while (answer.status == 100);
  const auto length = answer.field("Content-Length");
  const auto size = has_body && !length.empty() ? number(length) : 0;
  while (in_.size() < size) read_more();
  answer.body = in_.substr(0, size);
  in_.erase(0, size);
  return answer;
}

std::string TestClient::read_through(std::string_view mark) {
  for (;;) {
    if (const auto at = in_.find(mark); at != std::string::npos) {
      auto text = in_.substr(0, at + mark.size());
      in_.erase(0, text.size());
      return text;
    }
    read_more();
  }
}

void TestClient::read_more() {
  const auto more = wire_.read_some();
  if (more.empty())
    throw std::runtime_error(wire_.end() == WireEnd::Late
                                 ? "no answer in time"
                                 : "the connection ended: " + wire_.tls_error());
  in_ += more;
}

}  // namespace sitegate::test
