#include "routing/remote/shared_lookups.hpp"

#include <algorithm>

namespace sitegate {
namespace {

/// What says something of the site, or of this identity there; not of the leader's own time, or of
/// what this process has.
bool is_for_all(const Result<SiteTask>& outcome) {
  if (outcome)
    return true;
  switch (outcome.error().code) {
    case ErrorCode::SiteTimeout:
    case ErrorCode::Overloaded:
    case ErrorCode::ShuttingDown:
    case ErrorCode::GeneralServerFailure:
      return false;
    default:
      return true;
  }
}

}  // namespace

/// No name and no id holds an octet below space, and the key of a session has 32, whichever they
/// are.
std::string shared_key(std::string_view site, const Lookup& lookup, const Extension* extension) {
  auto key = std::string(site) + '\n' + lookup.id.to_string() + '\n';
  // A session there is sealed with a nonce of its own: one that was opened anew has another key.
  if (extension != nullptr)
    key.append("session\n")
        .append(lookup.extensions->session)
        .append(1, '\n')
        .append(extension->sealed);
  else
    key.append("statement\n").append(lookup.viewer.key());
  return key;
}

struct SharedLookups::Flight {
  std::optional<Result<SiteTask>> outcome;
  LookupTrace trace;
  std::vector<Waiting*> followers;
};

SharedLookups::Leader::Leader(SharedLookups& lookups, std::string key)
    : lookups_(lookups), key_(std::move(key)), flight_(std::make_shared<Flight>()) {
  lookups_.flights_.emplace(key_, flight_);
}

SharedLookups::Leader::~Leader() {
  lookups_.flights_.erase(key_);
  for (auto* follower : flight_->followers) follower->wake();
}

void SharedLookups::Leader::tell(const Result<SiteTask>& outcome, const LookupTrace& trace) {
  if (flight_->followers.empty() || !is_for_all(outcome))
    return;
  flight_->outcome = outcome;
  flight_->trace = trace;
}

Awaitable<SharedLookups::Follow> SharedLookups::follow(const std::string& key, Deadline deadline,
                                                       std::optional<Result<SiteTask>>& outcome,
                                                       LookupTrace& trace) {
  const auto found = flights_.find(key);
  if (found == flights_.end())
    co_return Follow::Alone;
  const auto flight = found->second;
  Waiting waiting(io_);
  waiting.set_limit(deadline.at);
  flight->followers.push_back(&waiting);
  if (!co_await waiting.wait()) {
    std::erase(flight->followers, &waiting);
    co_return Follow::Late;
  }
  if (!flight->outcome)
    co_return Follow::Alone;
  outcome = flight->outcome;
  trace.phase = flight->trace.phase;
  trace.ended_by = flight->trace.ended_by;
  trace.received_status = flight->trace.received_status;
  trace.proxy_error = flight->trace.proxy_error;
  co_return Follow::Told;
}

std::optional<std::string> SharedLookups::kept(const std::string& key, SteadyTime now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end())
    return std::nullopt;
  if (found->second->until <= now) {
    forget(found->second);
    return std::nullopt;
  }
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->document;
}

void SharedLookups::keep(std::string key, const std::string& document, SteadyTime now) {
  if (const auto found = by_key_.find(key); found != by_key_.end())
    forget(found->second);
  Kept kept{std::move(key), document, now + settings_.keep_finished};
  if (kept.octets() > settings_.keep_finished_size)
    return;
  while (octets_ + kept.octets() > settings_.keep_finished_size) forget(std::prev(recent_.end()));
  octets_ += kept.octets();
  recent_.push_front(std::move(kept));
  by_key_.emplace(recent_.front().key, recent_.begin());
}

void SharedLookups::forget(KeptList::iterator which) {
  octets_ -= which->octets();
  by_key_.erase(which->key);
  recent_.erase(which);
}

}  // namespace sitegate
