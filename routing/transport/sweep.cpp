#include "routing/transport/sweep.hpp"

namespace sitegate {

void Sweep::add(Sweepable& entry) noexcept {
  entry.sweep_ = this;
  near_.push_back(entry);
}

void Sweep::start() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_)
      tick();
  });
}

void Sweep::stop() {
  stopped_ = true;
  timer_.cancel();
}

void Sweep::tick() {
  start();
  look(std::chrono::steady_clock::now());
}

/// One share, or, after a time without ticks, all that could hold what is due: the last of them. A
/// share is looked at again after a round, or somewhat later; what is due within two is near.
std::uint8_t Sweep::look_far(SteadyTime now) noexcept {
  auto looked_at = next_;
  do {
    looked_at = next_;
    auto& share = far_[looked_at];
    next_ = static_cast<std::uint8_t>((next_ + 1) % kShares);
    share.near_until = now + 2 * kRound;
    for (auto at = share.entries.begin(); at != share.entries.end();) {
      auto& entry = *at++;
      if (entry.limit_ < share.near_until)
        move(entry, near_, Sweepable::kNear);
    }
  } while (far_[next_].near_until <= now);
  return looked_at;
}

void Sweep::look(SteadyTime now) noexcept {
  const auto index = look_far(now);
  auto& share = far_[index];
  for (auto at = near_.begin(); at != near_.end();) {
    auto& entry = *at++;
    if (entry.limit_ <= now) {
      entry.limit_ = SteadyTime::max();
      entry.on_late();
    } else if (entry.limit_ >= share.near_until) {
      move(entry, share.entries, index);
    }
  }
}

void Sweep::move(Sweepable& entry, List& to, std::uint8_t share) noexcept {
  entry.unlink();
  to.push_back(entry);
  entry.share_ = share;
}

}  // namespace sitegate
