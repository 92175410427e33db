#include "auth/login_limiter.hpp"

#include <algorithm>

#include "auth/digest.hpp"
#include "contract/ip_address.hpp"

namespace sitegate {
namespace {

constexpr auto kWindow = std::chrono::minutes{1};

// How many of the oldest entries are compared when one of them must go.
constexpr std::size_t kEvictionSample = 64;

/// Of fixed size, however long the name is that was tried. An address holds no NUL.
std::string pair_key(std::string_view user, std::string_view address) {
  std::string text(address);
  text += '\0';
  text += user;
  return sha256(text);
}

}  // namespace

FailureTable::FailureTable(std::size_t limit, std::size_t capacity)
    : limit_(std::max<std::size_t>(limit, 1)), capacity_(std::max<std::size_t>(capacity, 1)) {}

std::optional<SteadyTime> FailureTable::refused_until(const std::string& key,
                                                      SteadyTime now) const {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.failures.size() < limit_)
    return std::nullopt;
  const SteadyTime until = found->second.failures[found->second.oldest] + kWindow;
  return until > now ? std::optional(until) : std::nullopt;
}

void FailureTable::add(const std::string& key, SteadyTime now) {
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    make_room(now);
    found = entries_.try_emplace(key).first;
    found->second.place = by_age_.insert(by_age_.end(), &found->first);
  } else {
    by_age_.splice(by_age_.end(), by_age_, found->second.place);
  }
  Entry& entry = found->second;
  entry.latest = now;
  if (entry.failures.size() < limit_) {
    entry.failures.push_back(now);
  } else {
    entry.failures[entry.oldest] = now;
    entry.oldest = (entry.oldest + 1) % limit_;
  }
}

void FailureTable::make_room(SteadyTime now) {
  while (!by_age_.empty() && entries_.find(*by_age_.front())->second.latest + kWindow <= now)
    remove(by_age_.front());
  if (entries_.size() < capacity_)
    return;
  const std::string* victim = nullptr;
  std::size_t fewest = 0;
  auto candidate = by_age_.begin();
  for (std::size_t i = 0; i < kEvictionSample && candidate != by_age_.end(); ++i, ++candidate) {
    const std::size_t failures = recent_failures(entries_.find(**candidate)->second, now);
    if (victim == nullptr || failures < fewest) {
      victim = *candidate;
      fewest = failures;
    }
  }
  remove(victim);
}

void FailureTable::remove(const std::string* key) {
  const auto found = entries_.find(*key);
  by_age_.erase(found->second.place);
  entries_.erase(found);
}

std::size_t FailureTable::recent_failures(const Entry& entry, SteadyTime now) const {
  const auto recent = [now](SteadyTime failure) { return failure + kWindow > now; };
  return static_cast<std::size_t>(
      std::count_if(entry.failures.begin(), entry.failures.end(), recent));
}

Error too_many_failed_logins(int retry_after) {
  auto error = make_error(ErrorCode::TooManyRequests, {"too many failed logins"});
  error.retry_after = retry_after;
  return error;
}

LoginLimiter::LoginLimiter(std::size_t per_user, std::size_t per_address)
    : pairs_(per_user, kMaxTracked), addresses_(per_address, kMaxTracked) {}

std::optional<int> LoginLimiter::retry_after(std::string_view user, std::string_view address,
                                             SteadyTime now, Addresses addresses) const {
  const std::string from = address_group(address);
  const std::string pair = pair_key(user, from);
  std::optional<SteadyTime> until;
  {
    const std::lock_guard lock(mutex_);
    until = pairs_.refused_until(pair, now);
    if (addresses == Addresses::Count)  // an empty optional is smaller than every time
      until = std::max(until, addresses_.refused_until(from, now));
  }
  if (!until)
    return std::nullopt;
  return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(*until - now).count());
}

void LoginLimiter::failed(std::string_view user, std::string_view address, SteadyTime now,
                          Addresses addresses) {
  const std::string from = address_group(address);
  const std::string pair = pair_key(user, from);
  const std::lock_guard lock(mutex_);
  pairs_.add(pair, now);
  if (addresses == Addresses::Count)
    addresses_.add(from, now);
}

}  // namespace sitegate
