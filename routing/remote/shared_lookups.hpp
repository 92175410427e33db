#pragma once
// One answer of a site for several lookups that the site cannot tell apart: those that are under
// way at the same time, and those for a finished task, which never changes again (CONTRACT 0.5,
// "finished is final"). Off unless `routing.share_lookups` and `routing.keep_finished` say so.
//
// What is shared never passes from one identity to another: a key is made of the identity as the
// site sees it, and nothing here is found without one.

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/settings.hpp"
#include "routing/lookup.hpp"
#include "routing/transport/waiting.hpp"

namespace sitegate {

/// What a site answers to: equal keys get equal answers. `extension`: the session there with which
/// it is asked; null = with a statement, or nothing.
std::string shared_key(std::string_view site, const Lookup& lookup, const Extension* extension);

/// Belongs to one worker.
class SharedLookups {
  struct Flight;

 public:
  SharedLookups(WorkerIo& io, const RoutingSettings& settings) : io_(io), settings_(settings) {}
  SharedLookups(const SharedLookups&) = delete;
  SharedLookups& operator=(const SharedLookups&) = delete;

  bool shares() const noexcept { return settings_.share_lookups; }
  bool keeps() const noexcept { return settings_.keep_finished > Milliseconds{0}; }
  bool is_on() const noexcept { return shares() || keeps(); }

  /// A finished task that is still kept.
  std::optional<std::string> kept(const std::string& key, SteadyTime now);

  /// Keeps a finished task, in place of those that were used least recently.
  void keep(std::string key, const std::string& document, SteadyTime now);

  /// Octets of all that is kept, keys included.
  std::size_t kept_octets() const noexcept { return octets_; }

  /// Who asks the site for all that ask the same meanwhile.
  class Leader {
   public:
    Leader(SharedLookups& lookups, std::string key);
    ~Leader();  ///< whoever follows and got no outcome asks for itself
    Leader(const Leader&) = delete;
    Leader& operator=(const Leader&) = delete;

    void tell(const Result<SiteTask>& outcome, const LookupTrace& trace);

   private:
    SharedLookups& lookups_;
    std::string key_;
    std::shared_ptr<Flight> flight_;
  };

  enum class Follow : std::uint8_t {
    Told,   ///< `outcome` is the leader's
    Late,   ///< the deadline passed first
    Alone,  ///< nobody leads, or nothing came of it: ask for yourself
  };

  /// Waits for the leader of `key`, if there is one, no longer than `deadline`. Its trace is taken
  /// over as far as it is about the site's answer.
  Awaitable<Follow> follow(const std::string& key, Deadline deadline,
                           std::optional<Result<SiteTask>>& outcome, LookupTrace& trace);

  bool is_led(const std::string& key) const { return flights_.contains(key); }

 private:
  struct Kept {
    std::string key;
    std::string document;
    SteadyTime until;
    std::size_t octets() const noexcept { return key.size() + document.size(); }
  };
  using KeptList = std::list<Kept>;

  void forget(KeptList::iterator which);

  WorkerIo& io_;
  const RoutingSettings& settings_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  KeptList recent_;  // the most recently used in front
  std::unordered_map<std::string_view, KeptList::iterator> by_key_;
  std::size_t octets_ = 0;
};

}  // namespace sitegate
