#pragma once
// A site by HTTP over TLS, in the version that it chooses in the handshake: HTTP/2, many questions
// on few connections, or HTTP/1.1, kept connections with one question at a time on each. Some are
// opened before anybody asks.

#include <memory>

#include "config/settings.hpp"
#include "routing/remote/link.hpp"
#include "routing/remote/site_record.hpp"
#include "routing/transport/name_resolver.hpp"
#include "routing/transport/worker_io.hpp"

struct ssl_ctx_st;

namespace sitegate {

/// `settings`, `limits`, `context` and `record`, which learns how connecting goes, outlive the
/// link, and the link outlives all work of its worker: close() ends what it has under way there.
/// What of `limits` counts here: head, request_line, head_fields, chunk_extensions and answer_body
/// bound a site's answer, http2_streams the questions on one connection.
std::unique_ptr<Link> make_site_link(WorkerIo& io, const RemoteSiteSettings& settings,
                                     const LimitSettings& limits, ssl_ctx_st* context,
                                     SiteRecord& record,
                                     NameResolver::LookUp look_up = NameResolver::ask_system);

}  // namespace sitegate
