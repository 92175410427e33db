#pragma once
// One question and its answer on one connection to a site, by HTTP/1.1. Which connection that is,
// and whether it is kept, is the link's business (site_link.hpp).

#include "config/settings.hpp"
#include "routing/remote/link_attempt.hpp"

namespace sitegate {

/// Asks and reads the whole answer, within `limits` (head, request_line, head_fields,
/// chunk_extensions, answer_body) and before `deadline`. Afterwards the stream is open only if it
/// may be asked again. The arguments outlive the call.
Awaitable<LinkAttempt> http1_exchange(Stream& stream, const SiteRequest& request, Deadline deadline,
                                      const LimitSettings& limits, LookupTrace& trace,
                                      Cancellation* cancellation);

}  // namespace sitegate
