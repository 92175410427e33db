#include "routing/remote/kept_connections.hpp"

#include <algorithm>

namespace sitegate {
SteadyTime KeptConnections::end_of(const LinkConnection& connection) const {
  return std::min(connection.too_old, connection.rests_since + idle_);
}

bool KeptConnections::is_good(LinkConnection& connection, SteadyTime now) const {
  return now < end_of(connection) && connection.stream.still_idle();
}

LinkConnectionPtr KeptConnections::take(SteadyTime now) {
  while (!resting_.empty()) {
    auto candidate = std::move(resting_.back());
    resting_.pop_back();
    if (now < end_of(*candidate) && candidate->stream.is_quiet())
      return candidate;  // that nothing came is known without a system call
    if (is_good(*candidate, now))
      return candidate;
  }
  return nullptr;
}

void KeptConnections::keep(LinkConnectionPtr connection, SteadyTime now) {
  if (!connection->stream.is_open() || connection->too_old <= now)
    return;
  connection->stream.clear_limit();
  connection->rests_since = now;
  if (resting_.size() >= most_)
    resting_.pop_front();
  resting_.push_back(std::move(connection));
}

void KeptConnections::tidy(SteadyTime now) {
  const auto is_over = [&](const LinkConnectionPtr& resting) { return !is_good(*resting, now); };
  std::erase_if(resting_, is_over);
}

void KeptConnections::drop_silent_since(SteadyTime then) {
  const auto is_silent = [&](const LinkConnectionPtr& resting) {
    return resting->rests_since < then;
  };
  std::erase_if(resting_, is_silent);
}

std::size_t KeptConnections::lasting_until(SteadyTime then) const {
  const auto lasts = [&](const LinkConnectionPtr& resting) { return then < end_of(*resting); };
  return static_cast<std::size_t>(std::count_if(resting_.begin(), resting_.end(), lasts));
}

Milliseconds Spread::of(Milliseconds time) {
  std::uniform_int_distribution<Milliseconds::rep> less(0, time.count() / 5);
  return time - Milliseconds{less(random_)};
}

}  // namespace sitegate
