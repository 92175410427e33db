#include "tests/integration/support/fake_site.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <stdexcept>

namespace sitegate::test {

std::string SiteConnection::next_request() {
  for (;;) {
    if (const auto end = in_.find("\r\n\r\n"); end != std::string::npos) {
      auto head = in_.substr(0, end + 4);
      in_.erase(0, head.size());
      const std::lock_guard lock(site_.mutex_);
      site_.requests_.push_back(head);
      site_.changed_.notify_all();
      return head;
    }
    const auto more = wire_.read_some();
    if (more.empty())
      return {};
    in_ += more;
  }
}

void SiteConnection::cut() {
  ended_ = true;
  wire_.cut();
}

void SiteConnection::reset() {
  ended_ = true;
  {
    const std::lock_guard lock(site_.mutex_);
    site_.open_.erase(wire_.descriptor());
  }
  wire_.reset();
}

void SiteConnection::hold() {
  wire_.drain();
}

bool SiteConnection::pause(std::chrono::milliseconds time) {
  return !site_.wait(time);
}

void SiteConnection::wait_for_go() {
  site_.wait(kWireTime, &site_.go_);
}

FakeSite::FakeSite(Script script, const SiteLooks& looks)
    : script_(std::move(script)),
      door_(looks.door),
      before_tls_(looks.before_tls),
      side_(server_side({.certificate_pem = looks.identity.certificate_pem,
                         .key_pem = looks.identity.key_pem,
                         .trusted_pem = looks.client_authority,
                         .version = looks.version})),
      listening_(Wire::listen()),
      port_(Wire::port_of(listening_)),
      accepting_([this] { accept_all(); }) {}

FakeSite::~FakeSite() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
  }
  changed_.notify_all();
  ::shutdown(listening_, SHUT_RDWR);  // ends accept()
  accepting_.join();
  for (auto& thread : serving_) thread.join();
  ::close(listening_);
}

void FakeSite::accept_all() {
  for (;;) {
    const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0)
      return;
    const std::lock_guard lock(mutex_);
    if (ending_) {
      ::close(descriptor);
      return;
    }
    open_.insert(descriptor);
    const auto number = connections_++;
    serving_.emplace_back([this, descriptor, number] { serve(descriptor, number); });
  }
}

void FakeSite::serve(int descriptor, std::size_t number) {
  Wire wire(descriptor);
  if (before_tls_.count() > 0)
    wait(before_tls_);
  SiteConnection connection(*this, wire, number);
  if (door_ == Door::Silent) {
    connection.hold();
  } else if (door_ == Door::Plain || wire.accept_tls(side_)) {
    script_(connection);
    if (!connection.ended_by_script())
      wire.close();
  } else {
    wire.cut();
  }
  // What the other side still sends is taken: a reset would overtake our last octets.
  if (wire.descriptor() >= 0) {
    wire.drain();
    const std::lock_guard lock(mutex_);
    open_.erase(descriptor);
  }
}

bool FakeSite::wait(std::chrono::milliseconds time, const bool* unless) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [&] { return ending_ || (unless != nullptr && *unless); });
  return ending_;
}

std::size_t FakeSite::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

std::vector<std::string> FakeSite::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool FakeSite::await_requests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kWireTime, [&] { return requests_.size() >= count; });
}

void FakeSite::go_on() {
  {
    const std::lock_guard lock(mutex_);
    go_ = true;
  }
  changed_.notify_all();
}

std::string answer_text(int status, std::string_view body, std::string_view more_fields) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " Some Words\r\n";
  text.append("Content-Type: application/json\r\n").append(more_fields);
  text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return text.append(body);
}

std::string api_error_text(std::string_view code) {
  std::string text = R"({"code":")";
  text.append(code).append(
      R"(","msg":"words of the site","args":["canary"],"stacktrace":"site2: )");
  return text.append(code).append("\"}");
}

FakeSite::Script answering(std::string text) {
  return [text = std::move(text)](SiteConnection& connection) {
    while (!connection.next_request().empty()) connection.send(text);
  };
}

FakeSite::Script answering_in_turn(std::vector<std::string> texts) {
  auto next = std::make_shared<std::atomic<std::size_t>>(0);
  return [texts = std::move(texts), next](SiteConnection& connection) {
    while (!connection.next_request().empty()) connection.send(texts.at((*next)++));
  };
}

ClosedPort::ClosedPort() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  ::sockaddr_in where{};
  where.sin_family = AF_INET;
  ::inet_pton(AF_INET, Wire::address().c_str(), &where.sin_addr);
  if (::bind(descriptor_, reinterpret_cast<const ::sockaddr*>(&where), sizeof where) != 0)
    throw std::runtime_error("bind");
  port_ = Wire::port_of(descriptor_);
}

ClosedPort::~ClosedPort() {
  ::close(descriptor_);
}

}  // namespace sitegate::test
