#pragma once
// Opening listeners: one socket per worker on the same port (SO_REUSEPORT), and nobody else's.

#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "config/settings.hpp"
#include "contract/result.hpp"

namespace sitegate {

/// Connections that the system holds ready for one socket until they are accepted.
inline constexpr int kBacklog = 4096;

/// Sockets that listen on one address; closed by the destructor unless handed over.
class ListeningSockets {
 public:
  ListeningSockets() = default;
  ~ListeningSockets();
  ListeningSockets(ListeningSockets&& other) noexcept;
  ListeningSockets& operator=(ListeningSockets&& other) noexcept;

  asio::ip::tcp::endpoint endpoint() const noexcept { return endpoint_; }
  int hand_over(std::size_t index) noexcept;  ///< the descriptor; it is the caller's now

 private:
  friend Result<ListeningSockets> open_listener(const ListenerSettings&, std::size_t);
  std::vector<int> descriptors_;
  asio::ip::tcp::endpoint endpoint_;
};

/// `count` sockets for one listener. One bind without SO_REUSEPORT must succeed first, so that a
/// port that is taken is an error even when the other process is a gateway too. The error's
/// `detail` names the listener, the address and the system's words.
Result<ListeningSockets> open_listener(const ListenerSettings& listener, std::size_t count);

/// "callers", "peers" or "admin".
std::string_view name_of(ListenerKind kind) noexcept;

}  // namespace sitegate
