#pragma once
// A host name to addresses, off the worker, without one dead name holding up another.
//
// getaddrinfo cannot be cancelled, and the one resolver thread of an io_context would serve all
// sites in turn. So each name has its own look-up: at most one under way, on a thread of its own,
// shared by all who wait for it. A look-up that outlives the gateway finds nobody.
//
// What a look-up found is believed for a while (getaddrinfo tells no TTL), then asked for again;
// addresses that were found stay until others are: a name server that fails or hangs takes no site
// away (PAINS 38).

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "contract/handoff.hpp"

namespace sitegate {

/// Belongs to one worker.
class NameResolver {
 public:
  struct Answer {
    std::vector<asio::ip::tcp::endpoint> endpoints;  ///< empty: `why` says why
    std::string why;
  };

  /// Asks the system; blocks. Never throws.
  using LookUp = std::function<Answer(const std::string& host, std::uint16_t port)>;
  static Answer ask_system(const std::string& host, std::uint16_t port);

  struct Times {
    Milliseconds fresh{30000};    ///< what was found is believed
    Milliseconds pause{1000};     ///< at least, between two look-ups, whatever they found
    Milliseconds patience{1000};  ///< for a look-up, where older addresses are known
  };

  NameResolver(const WorkerExecutor& worker, std::string host, std::uint16_t port, Times times,
               LookUp look_up = ask_system);
  ~NameResolver();
  NameResolver(const NameResolver&) = delete;
  NameResolver& operator=(const NameResolver&) = delete;

  /// At once for an IP address, and while what is known is fresh. Else after a look-up; when that
  /// fails or takes too long, the addresses that were found last. nullopt: the deadline passed, and
  /// none are known.
  Awaitable<std::optional<Answer>> resolve(Deadline deadline);

  /// An address did not work: the next question is for a look-up again.
  void doubt() noexcept;

  /// All who wait get an empty answer; later questions too.
  void close() noexcept;

 private:
  struct Mailbox;

  void begin_look_up();
  void deliver(Answer answer);
  void tell(const Answer& answer);

  WorkerExecutor worker_;
  std::string host_;
  std::uint16_t port_;
  Times times_;
  LookUp look_up_;
  Answer known_;
  SteadyTime began_{};      // the look-up under way, or the last one
  SteadyTime looked_up_{};  // when the last one ended
  SteadyTime believed_until_ = SteadyTime::min();
  std::vector<std::shared_ptr<Handoff<Answer>>> waiting_;
  std::shared_ptr<Mailbox> mailbox_;
  bool under_way_ = false;
  bool closed_ = false;
};

}  // namespace sitegate
