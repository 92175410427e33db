#pragma once
// A host name to addresses, off the worker, without one dead name holding up another.
//
// getaddrinfo cannot be cancelled, and the one resolver thread of an io_context would serve all
// sites in turn. So each name has its own look-up: at most one under way, on a thread of its own,
// shared by all who wait for it. A look-up that outlives the gateway finds nobody.

#include <boost/asio/ip/tcp.hpp>
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

  NameResolver(const WorkerExecutor& worker, std::string host, std::uint16_t port);
  ~NameResolver();
  NameResolver(const NameResolver&) = delete;
  NameResolver& operator=(const NameResolver&) = delete;

  /// At once for an IP address. nullopt: the deadline passed first.
  Awaitable<std::optional<Answer>> resolve(Deadline deadline);

  /// All who wait get an empty answer; later questions too.
  void close() noexcept;

 private:
  struct Mailbox;

  void look_up();
  void deliver(const Answer& answer);

  WorkerExecutor worker_;
  std::string host_;
  std::uint16_t port_;
  std::vector<std::shared_ptr<Handoff<Answer>>> waiting_;
  std::shared_ptr<Mailbox> mailbox_;
  bool under_way_ = false;
  bool closed_ = false;
};

}  // namespace sitegate
