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
  start();  // first: what is thrown below must not be the last that anybody hears of limits
  look(std::chrono::steady_clock::now());
}

/// A share is looked at again after a round, or somewhat later; what is due within two is near.
void Sweep::look(SteadyTime now) noexcept {
  const auto index = next_;
  auto& share = far_[index];
  next_ = static_cast<std::uint8_t>((next_ + 1) % kShares);
  share.near_until = now + 2 * kRound;
  for (auto at = share.entries.begin(); at != share.entries.end();) {
    auto& entry = *at++;
    if (entry.limit_ < share.near_until)
      move(entry, near_, Sweepable::kNear);
  }
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
