#pragma once
// One question and its answer on one connection to a site, by HTTP/1.1. Which connection that is,
// and whether it is kept, is the link's business (http1_link.hpp).

#include "config/settings.hpp"
#include "routing/remote/link.hpp"
#include "routing/transport/stream.hpp"

namespace sitegate {

/// `untouched`: no octet of an answer had come, so that asking once more is harmless.
struct Http1Attempt {
  LinkOutcome outcome;
  bool untouched = false;
};

/// Asks and reads the whole answer, within `limits` (head, request_line, head_fields,
/// chunk_extensions, answer_body) and before `deadline`. Afterwards the stream is open only if it
/// may be asked again. The arguments outlive the call.
Awaitable<Http1Attempt> http1_exchange(Stream& stream, const SiteRequest& request,
                                       Deadline deadline, const LimitSettings& limits,
                                       LookupTrace& trace, Cancellation* cancellation);

/// What it means that an operation of a stream to a site did not end well. `when` is for the log.
LinkFailure link_failure(StreamEnd end, const Stream& stream, std::string_view when);

}  // namespace sitegate
