#pragma once
// One remote site, seen from one worker: as whom we ask, over which link, and what comes of it.

#include <atomic>
#include <memory>
#include <string>

#include "config/settings.hpp"
#include "routing/lookup.hpp"
#include "routing/remote/delegation.hpp"
#include "routing/remote/link.hpp"

namespace sitegate {

class RemoteSite {
 public:
  /// `settings` outlives this. `in_flight` is shared by the workers of the process: the cap of a
  /// site holds for all of them together.
  RemoteSite(const RemoteSiteSettings& settings, std::string local_site, const JsonLimits& json,
             std::unique_ptr<Link> link, Delegation delegation,
             std::shared_ptr<std::atomic<std::size_t>> in_flight);

  /// The document, byte for byte. Fails with TaskNotFound, RemoteAuthenticationFailure,
  /// SiteProtocolError, SiteUnavailable, SiteTimeout, LoopDetected, ShuttingDown.
  Async<std::string> lookup(const Lookup& lookup, LookupTrace& trace);

  const std::string& name() const noexcept { return settings_.name; }

  /// Time that a whole lookup may take there.
  Milliseconds time_budget() const noexcept { return settings_.total_timeout; }

  void close() noexcept { link_->close(); }

 private:
  const RemoteSiteSettings& settings_;
  std::string local_site_;
  std::string host_;
  JsonLimits json_;
  std::unique_ptr<Link> link_;
  Delegation delegation_;
  std::shared_ptr<std::atomic<std::size_t>> in_flight_;
};

}  // namespace sitegate
