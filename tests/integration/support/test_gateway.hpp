#pragma once
// A whole gateway in this process, on ports of its own, with throw-away papers.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "tests/integration/support/site_papers.hpp"
#include "tests/integration/support/test_client.hpp"

namespace sitegate::test {

/// What the local store does instead of its work. `TellsTime`: every task is there and says how
/// many milliseconds the question had left: `{"id":"...","left":1234}`.
enum class StoreFault : std::uint8_t { None, Throws, Unavailable, TellsTime };

struct GatewayPlan {
  std::string name = "site1";
  std::vector<RemoteSiteSettings> sites{};
  std::vector<PeerSettings> peers{};  ///< none: there is no peers listener
  std::size_t workers = 1;            ///< one: which link a lookup takes is certain
  StoreFault store = StoreFault::None;
  bool http2 = true;                      ///< offered on the listener for peers
  std::function<void(Settings&)> tune{};  ///< the last word about the settings
};

/// `site` as `from` knows it: by the authority and the name of tests, at a port of this process.
RemoteSiteSettings remote_site(const std::string& site, std::uint16_t port,
                               const std::string& from = "site1");

/// `site` as one that may speak for everybody; no role is mapped.
PeerSettings peer(const std::string& site);

class TestGateway {
 public:
  /// Starts it. Throws std::runtime_error when it does not start.
  explicit TestGateway(GatewayPlan plan = {});
  ~TestGateway();
  TestGateway(const TestGateway&) = delete;
  TestGateway& operator=(const TestGateway&) = delete;

  std::uint16_t port(ListenerKind kind) const;

  /// Begins to stop, or waits until it has stopped; start() opens the same ports and state again.
  void stop();
  void wait();
  void start();

  /// A new connection to the listener for callers, its certificate verified.
  TestClient client() const;
  TestClient admin() const { return TestClient(port(ListenerKind::Admin)); }
  /// The field that authenticates a user, after a login.
  Fields login(std::string_view user) const;
  Answer try_login(TestClient& client, std::string_view user, std::string_view password) const;

  /// One question on a connection of its own.
  Answer get(std::string_view target, const Fields& fields) const;

  /// Puts a task, or throws. `document` holds the id.
  void put_task(std::string_view id, std::string_view document);

 private:
  struct Running;

  TempDirectory state_;
  std::string name_;
  StoreFault store_;
  Settings settings_;
  Fields producer_;
  std::unique_ptr<Running> running_;
};

/// A task document that every rule of PUT accepts. Told apart by its result.
std::string task_document(std::string_view id, std::string_view user, std::string_view site,
                          std::string_view result = "done");

/// The id of the n-th task of a test.
std::string task_id(unsigned n);

}  // namespace sitegate::test
