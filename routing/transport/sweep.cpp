#include "routing/transport/sweep.hpp"

namespace sitegate {

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
  const auto now = std::chrono::steady_clock::now();
  for (auto& entry : entries_) {
    if (entry.limit_ > now)
      continue;
    entry.limit_ = SteadyTime::max();
    entry.on_late();
  }
}

}  // namespace sitegate
