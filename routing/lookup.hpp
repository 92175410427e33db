#pragma once
// One question for a task, as it travels through routing/, and what is written down on its way.

#include <optional>
#include <string>
#include <string_view>

#include "auth/principal.hpp"
#include "contract/deadline.hpp"
#include "contract/task_id.hpp"
#include "contract/task_query.hpp"
#include "routing/cancellation.hpp"

namespace sitegate {

/// The views live as long as the request.
struct Lookup {
  TaskId id;
  const Viewer& viewer;
  std::string_view operation_id;  ///< passed on byte for byte
  Deadline deadline;
  bool shows_queued = false;  ///< the caller knows the state QUEUED (CONTRACT 0.3); else RUNNING
  Cancellation* cancellation = nullptr;  ///< by which it may be ended early; outlives the lookup
  ExtensionsPtr extensions{};            ///< of the caller's session

  /// One text for each identity that sites may see, for what is remembered of their answers. What a
  /// session found by its extensions says nothing to another session.
  std::string asker_key() const {
    return extensions == nullptr ? viewer.key() : viewer.key() + '\n' + extensions->session;
  }
};

/// A task as a site gave it.
struct SiteTask {
  std::string document;   ///< byte for byte
  bool finished = false;  ///< its state is SUCCEEDED or FAILED
};

/// One question for a list of tasks. The references and views live as long as the request.
struct ListQuestion {
  const TaskQuery& query;
  const Viewer& viewer;
  std::string_view operation_id;
  Deadline deadline;
  bool shows_queued = false;
  ExtensionsPtr extensions{};  ///< of the caller's session
};

/// Where a request is, or where it ended (access log `phase`).
enum class Phase : std::uint8_t {
  Head,
  Authentication,
  Body,
  Parameters,
  Routing,
  Store,
  Connect,
  TlsHandshake,
  Send,
  FirstByte,
  Answer,
  Reply,
  Done
};
std::string_view name_of(Phase phase) noexcept;

/// Who ended a request (access log `ended_by`).
enum class EndedBy : std::uint8_t { Gateway, Site, Caller };
std::string_view name_of(EndedBy who) noexcept;

/// From where an answer of a site is (access log `answeredFrom`).
enum class AnsweredFrom : std::uint8_t {
  Site,
  Shared,  ///< it was asked by another lookup, under way at the same time
  Kept,    ///< it was asked before, and the task had finished
};

/// Filled on the way, read by the access log and the reply's Proxy-Status. Durations in
/// microseconds; absent = that step was not taken.
struct LookupTrace {
  Phase phase = Phase::Head;
  EndedBy ended_by = EndedBy::Gateway;
  std::optional<std::int64_t> store_us;
  std::optional<std::int64_t> connect_us;     ///< resolve, TCP and TLS of a new link
  std::optional<std::int64_t> first_byte_us;  ///< from the request's last octet to the first back
  std::string next_hop{};  ///< the site whose answer this is; empty = none was asked alone
  AnsweredFrom answered_from = AnsweredFrom::Site;
  std::size_t sites_asked = 0;     ///< by a question to all sites
  std::string statement_id{};      ///< `jti` of what we stated to the site
  int received_status = 0;         ///< of the site; 0 = no answer was read
  std::string_view proxy_error{};  ///< RFC 9209 2.3 error type, where this gateway ended it
};

/// Microseconds since `begin`.
inline std::int64_t microseconds_since(SteadyTime begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                               begin)
      .count();
}

}  // namespace sitegate
