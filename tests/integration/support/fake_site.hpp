#pragma once
// A remote site that does exactly what a test says, wrong in any way. Blocking OpenSSL, one thread
// per connection; a script is plain code: read the request, send octets, end the connection.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/integration/support/site_papers.hpp"
#include "tests/integration/support/wire.hpp"

namespace sitegate::test {

class FakeSite;

/// One connection of a fake site, in the hands of its script. After the script it is closed in
/// order, unless the script ended it in another way.
class SiteConnection {
 public:
  SiteConnection(FakeSite& site, Wire& wire, std::size_t number)
      : site_(site), wire_(wire), number_(number) {}

  /// The next request's head, whole; empty: there will be none.
  std::string next_request();
  bool send(std::string_view octets) { return wire_.write(octets); }
  void cut();    ///< the connection ends without close_notify
  void reset();  ///< the same, by RST
  void hold();   ///< says nothing until the other side, or the test, ends it
  /// Waits; false when the test ends meanwhile. For scripts whose subject is a time limit.
  bool pause(std::chrono::milliseconds time);
  /// Waits until the test says `go_on`, or ends.
  void wait_for_go();

  std::size_t number() const noexcept { return number_; }  ///< of this connection, from 0
  bool ended_by_script() const noexcept { return ended_; }

 private:
  FakeSite& site_;
  Wire& wire_;
  std::size_t number_;
  std::string in_;
  bool ended_ = false;
};

/// What a fake site does before its script may speak.
enum class Door : std::uint8_t {
  Tls,
  Plain,  ///< no TLS at all: the script speaks at once
  Silent  ///< accepts the connection and never says a word
};

struct SiteLooks {
  Door door = Door::Tls;
  Credential identity = Papers::all().of("site2").credential;
  std::string client_authority = Papers::all().authority().certificate_pem();
  TlsVersion version = TlsVersion::Any;
  std::chrono::milliseconds before_tls{0};  ///< how long it takes before it begins
};

class FakeSite {
 public:
  using Script = std::function<void(SiteConnection&)>;

  explicit FakeSite(Script script, const SiteLooks& looks = {});
  ~FakeSite();  ///< ends every connection, whatever its script does
  FakeSite(const FakeSite&) = delete;
  FakeSite& operator=(const FakeSite&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::size_t connections() const;            ///< accepted so far
  std::vector<std::string> requests() const;  ///< heads as they came, in their order
  /// Waits until so many requests have come, kWireTime at most.
  bool await_requests(std::size_t count) const;
  void go_on();  ///< to every script that waits for it, now or later

 private:
  friend class SiteConnection;

  void accept_all();
  void serve(int descriptor, std::size_t number);
  bool wait(std::chrono::milliseconds time, const bool* unless = nullptr);

  Script script_;
  Door door_;
  std::chrono::milliseconds before_tls_;
  TlsSideHandle side_;
  int listening_;
  std::uint16_t port_;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool ending_ = false;  // guarded by mutex_, as all below
  bool go_ = false;
  std::set<int> open_;  // descriptors
  std::size_t connections_ = 0;
  std::vector<std::string> requests_;
  std::vector<std::thread> serving_;

  std::thread accepting_;
};

/// An answer's text, with Content-Length.
std::string answer_text(int status, std::string_view body, std::string_view more_fields = {});
/// The text of an ApiError of site2.
std::string api_error_text(std::string_view code);

/// Answers every request of every connection with `text`.
FakeSite::Script answering(std::string text);
/// The n-th request of all gets the n-th text.
FakeSite::Script answering_in_turn(std::vector<std::string> texts);

/// A port where nobody listens, and nobody will.
class ClosedPort {
 public:
  ClosedPort();
  ~ClosedPort();
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  std::uint16_t port() const noexcept { return port_; }

 private:
  int descriptor_;
  std::uint16_t port_;
};

}  // namespace sitegate::test
