#include "routing/transport/send_batch.hpp"

#include <liburing.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace sitegate {
namespace {

constexpr unsigned kEntries = 128;  // for more there are more calls
// Never waits, and is no signal when the other side has gone.
constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

Transfer outcome(long result) noexcept {
  if (result >= 0)
    return {static_cast<std::size_t>(result), {}};
  return {0, {static_cast<int>(-result), boost::system::system_category()}};
}

void send_one(SendBatch::Send& send) noexcept {
  const auto n = ::send(send.descriptor, send.octets.data(), send.octets.size(), kFlags);
  send.result = outcome(n < 0 ? -errno : n);
}

bool can_send(io_uring& ring) noexcept {
  auto* probe = io_uring_get_probe_ring(&ring);
  const bool can = probe != nullptr && io_uring_opcode_supported(probe, IORING_OP_SEND) != 0;
  io_uring_free_probe(probe);
  return can;
}

}  // namespace

void SendBatch::CloseRing::operator()(io_uring* ring) const noexcept {
  io_uring_queue_exit(ring);
  delete ring;
}

SendBatch::SendBatch() = default;
SendBatch::~SendBatch() = default;

SendBatch::By SendBatch::get_ring() noexcept {
  std::unique_ptr<io_uring> made(new (std::nothrow) io_uring);
  if (made && io_uring_queue_init(kEntries, made.get(), 0) == 0)
    ring_.reset(made.release());
  if (ring_ && !can_send(*ring_))
    ring_.reset();
  return by();
}

void SendBatch::run(std::span<Send> sends) noexcept {
  while (ring_ && sends.size() > 1) sends = sends.subspan(run_by_ring(sends));
  std::ranges::for_each(sends, send_one);
}

/// As many as fit into the ring; how many those were. A ring that does not work is closed, and what
/// it has not taken is not counted.
std::size_t SendBatch::run_by_ring(std::span<Send> sends) noexcept {
  const auto n = std::min<std::size_t>(sends.size(), kEntries);
  for (std::size_t i = 0; i < n; ++i) {
    auto* entry = io_uring_get_sqe(ring_.get());
    io_uring_prep_send(entry, sends[i].descriptor, sends[i].octets.data(), sends[i].octets.size(),
                       kFlags);
    io_uring_sqe_set_data64(entry, i);
  }
  // MSG_DONTWAIT: each is over when it has been submitted (io_uring_enter(2), IORING_OP_SEND).
  std::size_t taken = 0;
  while (taken < n) {
    const int now = io_uring_submit(ring_.get());
    if (now > 0)
      taken += static_cast<std::size_t>(now);
    else if (now != -EINTR)
      break;
  }
  for (std::size_t done = 0; done < taken; ++done) {
    io_uring_cqe* completion = nullptr;
    while (io_uring_wait_cqe(ring_.get(), &completion) != 0) {
    }
    sends[io_uring_cqe_get_data64(completion)].result = outcome(completion->res);
    io_uring_cqe_seen(ring_.get(), completion);
  }
  if (taken < n)
    ring_.reset();
  return taken;
}

}  // namespace sitegate
