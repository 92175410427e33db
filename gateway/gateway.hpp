#pragma once
// The whole gateway as one object: main() runs one, tests run several in one process.

#include <functional>
#include <memory>
#include <string>

#include "config/settings.hpp"
#include "contract/result.hpp"
#include "gateway/materials.hpp"
#include "routing/local/task_store.hpp"

namespace sitegate {

/// What a test may put in the place of a part; empty in the product.
struct GatewayParts {
  /// Wraps the store of every worker (to let it fail or throw).
  std::function<std::unique_ptr<TaskStore>(std::unique_ptr<TaskStore>)> decorate_store_for_test;
};

/// start(), then drain() and stop() from any thread, then wait(). The destructor does what is
/// missing of it.
class Gateway {
 public:
  Gateway(Settings settings, Materials materials, GatewayParts parts = {});
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Takes the lock of the state directory, opens the store, binds every listener, starts the
  /// workers. On failure nothing runs and the error's `detail` is a sentence for the operator.
  Result<void> start();

  /// Where the first listener of a kind listens (tests bind to port 0); 0 = there is none.
  std::uint16_t port(ListenerKind kind) const;

  /// Not ready from now on, and every answer is the last of its connection; everything is still
  /// served, so that balancers and clients can turn away without losing a request.
  void drain();

  /// Drained, and stops accepting; what runs may finish within `limits.shutdown`.
  void stop();

  /// Until everything has ended after stop(): all answers sent, all writes durable.
  void wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sitegate
