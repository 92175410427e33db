#pragma once
// One remote site, seen from one worker: as whom we ask, over which link, and what comes of it.

#include <atomic>
#include <memory>
#include <string>

#include "config/settings.hpp"
#include "routing/lookup.hpp"
#include "routing/remote/link.hpp"
#include "routing/remote/shared_lookups.hpp"
#include "routing/remote/site_identity.hpp"
#include "routing/remote/site_record.hpp"

namespace sitegate {

/// Credentials of a caller's, on their way to a site.
struct SiteLogin {
  std::string_view session;  ///< key of the caller's session here
  std::string_view type;     ///< of the login there
  std::string body;          ///< of POST /sessions there
  std::string_view operation_id;
  Deadline deadline;
};

class RemoteSite {
 public:
  /// `settings` outlives this. `in_flight` and `record` are shared by the workers of the process:
  /// the cap of a site holds for all of them together, and what one has learnt is known to all.
  /// `shared`, of this worker, outlives this; null: no lookup gets another one's answer.
  RemoteSite(const RemoteSiteSettings& settings, std::string local_site,
             const LimitSettings& limits, std::unique_ptr<Link> link, SiteIdentity identity,
             std::shared_ptr<std::atomic<std::size_t>> in_flight,
             std::shared_ptr<SiteRecord> record, SharedLookups* shared = nullptr);

  /// The document, byte for byte. Fails with TaskNotFound, RemoteAuthenticationFailure,
  /// SiteProtocolError, SiteUnavailable, SiteTimeout, LoopDetected, ShuttingDown, Overloaded (no
  /// descriptor for a connection), GeneralServerFailure (no statement could be signed).
  Async<std::string> lookup(const Lookup& lookup, LookupTrace& trace);

  /// A page of what the viewer may see there. Fails as a lookup does, but never with TaskNotFound;
  /// and with Forbidden, BadUserInput, BadRequest, which are the site's own words on the question.
  /// A site that is no sitegate is asked for pages of 100, as many as it takes (CONTRACT row 67).
  Async<TaskPage> list(const ListQuestion& question, LookupTrace& trace);

  /// Opens a session there for a session here, which is to keep it. Never repeated. Fails with
  /// ExtensionRefused, BadUserInput, and as a list does.
  Async<Extension> open_session(SiteLogin login, LookupTrace& trace);

  /// A sign of life for the asker's session there; one that is over lapses. False: there was no
  /// answer, and others need not try.
  Awaitable<bool> keep_alive(const Asker& asker, std::string_view operation_id);

  /// Ends the asker's session there, if the site can be reached.
  Awaitable<> end_session(const Asker& asker, std::string_view operation_id);

  /// Is it there, whoever asks? Without any identity; it answers, be it that it wants one.
  Async<bool> greet(std::string_view operation_id, Deadline deadline, LookupTrace& trace);

  /// Is there an identity to ask with?
  bool speaks_for(const Extensions* extensions) const noexcept {
    return identity_.speaks_for(extensions);
  }

  const std::string& name() const noexcept { return settings_.name; }

  /// Time that a whole lookup may take there.
  Milliseconds time_budget() const noexcept { return settings_.total_timeout; }

  void close() noexcept { link_->close(); }

 private:
  Async<SiteTask> look_up(const Lookup& lookup, LookupTrace& trace);
  Async<SiteTask> look_up_together(const Lookup& lookup, LookupTrace& trace);
  Async<TaskPage> list_page(const TaskQuery& query, const ListQuestion& question,
                            LookupTrace& trace);
  SiteRequest request_of(std::string_view operation_id) const;
  Async<SiteAnswer> ask(SiteRequest request, const Asker* asker, Deadline deadline,
                        LookupTrace& trace, Cancellation* cancellation = nullptr);

  const RemoteSiteSettings& settings_;
  std::string local_site_;
  std::string host_;
  JsonLimits json_;
  std::size_t max_list_;  // octets
  std::unique_ptr<Link> link_;
  SiteIdentity identity_;
  std::shared_ptr<std::atomic<std::size_t>> in_flight_;
  std::shared_ptr<SiteRecord> record_;
  SharedLookups* shared_;
};

}  // namespace sitegate
