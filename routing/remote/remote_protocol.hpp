#pragma once
// What is said to a site and what its answer becomes (CONTRACT 0.3 and 0.6). Pure: no I/O, so that
// every row of the table is a unit test.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/json_scan.hpp"
#include "contract/result.hpp"
#include "contract/task_id.hpp"
#include "routing/lookup.hpp"
#include "routing/remote/link.hpp"

namespace sitegate {

struct LookupRequest {
  TaskId id;
  std::string_view remote_name;  ///< what the site calls itself
  std::string_view host;         ///< for Host
  std::string_view local_site;   ///< for Via
  std::string_view operation_id;
};

/// The request of CONTRACT 0.6, but the statement. Nothing of the caller's own head but operationID
/// is in it.
SiteRequest lookup_request(const LookupRequest& lookup);

/// What all requests to sites have in common.
SiteRequest site_request(std::string_view host, std::string_view local_site,
                         std::string_view operation_id);

/// With a Content-Encoding, which is never asked for?
bool is_encoded(const SiteAnswer& answer);

/// Who asks, signed: the last field of every request to a site.
void add_statement(SiteRequest& request, std::string_view statement);

/// The row of CONTRACT 0.3 for an answer that is not 200, where lookups and lists agree. A 404 is
/// SiteProtocolError; it is for `read_lookup_answer` to know better.
Error read_site_failure(std::string_view site, const SiteAnswer& answer);

/// What is taken of a site's ApiError: never its words.
struct ForeignError {
  std::string code;
  std::vector<std::string> args;  ///< bounded, printable
  std::vector<std::string> hops;
};
std::optional<ForeignError> read_foreign_error(const std::string& body);

/// That an answer was discarded, and why, for the log.
Error discarded(std::string_view site, std::string why);

/// The document, relayed byte for byte; or the row of CONTRACT 0.3 that the answer falls under.
/// `site` is the name by which the caller knows the site. The one change ever made to a document:
/// the state QUEUED becomes RUNNING, unless `shows_queued`.
Result<SiteTask> read_lookup_answer(std::string_view site, const TaskId& id, SiteAnswer answer,
                                    const JsonLimits& limits, bool shows_queued = false);

/// What a link's failure becomes for the caller.
Error error_of(const LinkFailure& failure, std::string_view site);

/// Did the site end it, or did this gateway give up?
bool ended_by_site(LinkFailure::Kind kind) noexcept;

/// RFC 9209 2.3 error type of a link's failure.
std::string_view proxy_error_of(LinkFailure::Kind kind) noexcept;

/// RFC 9209 error type of an answer that was read and discarded or re-issued by `error`.
/// Empty where the site's own verdict is relayed.
std::string_view proxy_error_of_answer(const Error& error) noexcept;

}  // namespace sitegate
