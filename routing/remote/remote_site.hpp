#pragma once
// One remote site, seen from one worker: as whom we ask, over which link, and what comes of it.

#include <atomic>
#include <memory>
#include <string>

#include "config/settings.hpp"
#include "routing/lookup.hpp"
#include "routing/remote/delegation.hpp"
#include "routing/remote/link.hpp"
#include "routing/remote/site_record.hpp"

namespace sitegate {

class RemoteSite {
 public:
  /// `settings` outlives this. `in_flight` and `record` are shared by the workers of the process:
  /// the cap of a site holds for all of them together, and what one has learnt is known to all.
  RemoteSite(const RemoteSiteSettings& settings, std::string local_site,
             const LimitSettings& limits, std::unique_ptr<Link> link, Delegation delegation,
             std::shared_ptr<std::atomic<std::size_t>> in_flight,
             std::shared_ptr<SiteRecord> record);

  /// The document, byte for byte. Fails with TaskNotFound, RemoteAuthenticationFailure,
  /// SiteProtocolError, SiteUnavailable, SiteTimeout, LoopDetected, ShuttingDown, Overloaded (no
  /// descriptor for a connection), GeneralServerFailure (no statement could be signed).
  Async<std::string> lookup(const Lookup& lookup, LookupTrace& trace);

  /// A page of what the viewer may see there. Fails as a lookup does, but never with TaskNotFound;
  /// and with Forbidden, BadUserInput, BadRequest, which are the site's own words on the question.
  Async<TaskPage> list(const ListQuestion& question, LookupTrace& trace);

  const std::string& name() const noexcept { return settings_.name; }

  /// Time that a whole lookup may take there.
  Milliseconds time_budget() const noexcept { return settings_.total_timeout; }

  void close() noexcept { link_->close(); }

 private:
  Async<SiteAnswer> ask(SiteRequest request, const Viewer& viewer, Deadline deadline,
                        LookupTrace& trace, Cancellation* cancellation);

  const RemoteSiteSettings& settings_;
  std::string local_site_;
  std::string host_;
  JsonLimits json_;
  std::size_t max_list_;  // octets
  std::unique_ptr<Link> link_;
  Delegation delegation_;
  std::shared_ptr<std::atomic<std::size_t>> in_flight_;
  std::shared_ptr<SiteRecord> record_;
};

}  // namespace sitegate
