#pragma once
// Connections of a link that are being opened, and the questions that wait for one of them.

#include <optional>
#include <vector>

#include "routing/cancellation.hpp"
#include "routing/remote/link.hpp"
#include "routing/transport/waiting.hpp"

namespace sitegate {

/// Belongs to one link, on its worker.
class Openings {
 public:
  explicit Openings(WorkerIo& io) : io_(io) {}

  /// While it lives, a connection is being opened; then all who wait look again.
  class Scope {
   public:
    explicit Scope(Openings& openings) : openings_(openings) {
      ++openings_.under_way_;
      openings_.failure_.reset();
    }
    ~Scope() {
      --openings_.under_way_;
      openings_.wake();
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Openings& openings_;
  };

  bool under_way() const noexcept { return under_way_ > 0; }

  /// Until the next one has ended, well or not. False: the time was over first.
  Awaitable<bool> wait(Deadline deadline, Cancellation* cancellation) {
    Waiting waiting(io_);
    waiting.set_limit(deadline.at);
    const Cancellation::Scope scope(cancellation, waiting);
    waiting_.push_back(&waiting);
    const bool woken = co_await waiting.wait();
    std::erase(waiting_, &waiting);
    co_return woken;
  }
  void wake() noexcept {
    for (auto* waiting : waiting_) waiting->wake();
  }

  /// Why the last one failed, if that says something to all who waited for it.
  void failed(LinkFailure failure) { failure_ = std::move(failure); }
  const std::optional<LinkFailure>& failure() const noexcept { return failure_; }

 private:
  WorkerIo& io_;
  std::size_t under_way_ = 0;
  std::optional<LinkFailure> failure_;
  std::vector<Waiting*> waiting_;
};

}  // namespace sitegate
