#include "routing/transport/send_batch.hpp"

#include <liburing.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace sitegate {
namespace {

constexpr unsigned kEntries = 32;  // for more there are more calls

bool can_send(io_uring& ring) noexcept {
  auto* probe = io_uring_get_probe_ring(&ring);
  const bool can = probe != nullptr && io_uring_opcode_supported(probe, IORING_OP_SEND) != 0;
  io_uring_free_probe(probe);
  return can;
}

/// How many of `n` the kernel took; fewer: the ring does not work.
std::size_t submit(io_uring& ring, std::size_t n) noexcept {
  std::size_t taken = 0;
  while (taken < n) {
    const int now = io_uring_submit(&ring);
    if (now > 0)
      taken += static_cast<std::size_t>(now);
    else if (now != -EINTR)
      break;
  }
  return taken;
}

/// One that is over; null: the ring does not work.
io_uring_cqe* next_completion(io_uring& ring) noexcept {
  io_uring_cqe* completion = nullptr;
  int error = 0;
  do {
    error = io_uring_wait_cqe(&ring, &completion);
  } while (error == -EINTR);
  return error == 0 ? completion : nullptr;
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
  for (auto& send : sends) send.result = send.socket->send(send.octets);
}

/// As many as fit into the ring; how many those were. A ring that does not work is closed, and what
/// it has not taken is not counted.
std::size_t SendBatch::run_by_ring(std::span<Send> sends) noexcept {
  const auto n = std::min<std::size_t>(sends.size(), kEntries);
  for (std::size_t i = 0; i < n; ++i) {
    auto* entry = io_uring_get_sqe(ring_.get());
    io_uring_prep_send(entry, sends[i].socket->descriptor(), sends[i].octets.data(),
                       sends[i].octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    io_uring_sqe_set_data64(entry, i);
    // As long as the ring says nothing of it, nobody knows whether it was sent.
    sends[i].result = transferred(-ECANCELED);
  }
  // MSG_DONTWAIT: each is over when it has been submitted (io_uring_enter(2), IORING_OP_SEND).
  const auto taken = submit(*ring_, n);
  std::size_t done = 0;
  for (; done < taken; ++done) {
    auto* completion = next_completion(*ring_);
    if (completion == nullptr)
      break;
    sends[io_uring_cqe_get_data64(completion)].result = transferred(completion->res);
    io_uring_cqe_seen(ring_.get(), completion);
  }
  if (done < n)
    ring_.reset();
  return taken;
}

}  // namespace sitegate
