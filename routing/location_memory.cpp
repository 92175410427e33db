#include "routing/location_memory.hpp"

#include <utility>

namespace sitegate {

LocationMemory::LocationMemory(Milliseconds life, std::size_t capacity)
    : life_(life), capacity_(capacity) {}

std::optional<std::size_t> LocationMemory::where(std::string_view asker, const TaskId& id,
                                                 SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto known = by_key_.find(key_of(asker, id));
  if (known == by_key_.end())
    return std::nullopt;
  const auto location = known->second;
  if (location->until <= now) {
    remove(location);
    return std::nullopt;
  }
  return location->site;
}

void LocationMemory::found(std::string_view asker, const TaskId& id, std::size_t site,
                           SteadyTime now) {
  if (life_ <= Milliseconds{0})
    return;
  auto key = key_of(asker, id);
  const std::lock_guard lock(mutex_);
  if (const auto known = by_key_.find(key); known != by_key_.end())
    remove(known->second);
  if (by_age_.size() >= capacity_)
    remove(by_age_.begin());
  by_age_.push_back({key, site, now + life_});
  by_key_.emplace(std::move(key), std::prev(by_age_.end()));
}

void LocationMemory::forget(std::string_view asker, const TaskId& id) {
  const std::lock_guard lock(mutex_);
  if (const auto known = by_key_.find(key_of(asker, id)); known != by_key_.end())
    remove(known->second);
}

std::size_t LocationMemory::size() const {
  const std::lock_guard lock(mutex_);
  return by_age_.size();
}

std::string LocationMemory::key_of(std::string_view asker, const TaskId& id) {
  std::string key(asker);
  key.append(reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size());
  return key;
}

void LocationMemory::remove(Locations::iterator location) {
  by_key_.erase(location->key);
  by_age_.erase(location);
}

}  // namespace sitegate
