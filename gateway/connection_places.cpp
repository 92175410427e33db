#include "gateway/connection_places.hpp"

#include <utility>

namespace sitegate {

ConnectionPlaces::Place::Place(Place&& other) noexcept
    : places_(std::exchange(other.places_, nullptr)),
      address_(std::move(other.address_)),
      unproven_(other.unproven_),
      refusal_(std::move(other.refusal_)) {}

ConnectionPlaces::Place& ConnectionPlaces::Place::operator=(Place&& other) noexcept {
  std::swap(places_, other.places_);
  std::swap(address_, other.address_);
  std::swap(unproven_, other.unproven_);
  std::swap(refusal_, other.refusal_);
  return *this;
}

ConnectionPlaces::Place::~Place() {
  if (places_ != nullptr)
    places_->leave(*this);
}

void ConnectionPlaces::Place::prove() noexcept {
  const std::lock_guard lock(places_->mutex_);
  if (!refusal_ && std::exchange(unproven_, false))
    --places_->unproven_;
}

std::optional<ConnectionPlaces::Place> ConnectionPlaces::take(const std::string& address,
                                                              bool unproven) {
  std::unique_ptr<const Error> refusal;
  const auto refuse = [&refusal](ErrorCode code, std::string why) {
    refusal = std::make_unique<Error>(make_error(code, {std::move(why)}));
  };
  const std::lock_guard lock(mutex_);
  const auto found = by_address_.find(address);
  if (open_ >= in_all_)
    refuse(ErrorCode::Overloaded, "limits.connections is reached");
  else if (unproven && 2 * (unproven_ + 1) > in_all_)
    refuse(ErrorCode::Overloaded, "half of limits.connections have shown no certificate yet");
  else if (found != by_address_.end() && found->second >= per_address_)
    refuse(ErrorCode::TooManyRequests,
           "limits.connections_per_address is reached for this address");
  if (refusal && turned_away_ >= kMaxTurnedAway)
    return std::nullopt;
  if (refusal) {
    ++turned_away_;
    return Place(*this, {}, unproven, std::move(refusal));
  }
  if (!address.empty())
    ++by_address_[address];
  ++open_;
  unproven_ += unproven ? 1 : 0;
  return Place(*this, address, unproven, nullptr);
}

void ConnectionPlaces::leave(const Place& place) {
  const std::lock_guard lock(mutex_);
  if (place.refusal_) {
    --turned_away_;
    return;
  }
  --open_;
  unproven_ -= place.unproven_ ? 1 : 0;
  const auto found = by_address_.find(place.address_);
  if (found != by_address_.end() && --found->second == 0)
    by_address_.erase(found);
}

std::size_t ConnectionPlaces::addresses() {
  const std::lock_guard lock(mutex_);
  return by_address_.size();
}

}  // namespace sitegate
