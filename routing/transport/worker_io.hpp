#pragma once
// What the connections of one worker share: its executor, its sweep, its poller and its buffers.
// Octets pass through the buffers between two suspensions only; no connection at rest keeps one.

#include <array>
#include <cstddef>

#include "contract/async.hpp"
#include "routing/transport/poller.hpp"
#include "routing/transport/sweep.hpp"

namespace sitegate {

struct WorkerIo {
  explicit WorkerIo(asio::io_context& io)
      : executor(io.get_executor()), sweep(executor), poller(executor) {}

  WorkerExecutor executor;
  Sweep sweep;
  Poller poller;
  std::array<std::byte, 64 * 1024> wire;  ///< what one receive took from a socket
  std::array<char, 16 * 1024> plain;      ///< one decrypted TLS record
};

}  // namespace sitegate
