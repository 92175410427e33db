#pragma once
// The handlers, one file each: parse, ask, answer. Everything that is common to all requests has
// been done before (handle_request) or is done after (finish_request).

#include "contract/api_message.hpp"
#include "gateway/request_context.hpp"
#include "gateway/services.hpp"

namespace sitegate {

/// GET /tasks/{taskId}. BadUserInput, SiteNotFound, LoopDetected, and what fetch_task says.
Async<ApiReply> get_task(const ApiRequest& request, RequestContext& context, Services& services);

/// GET /tasks. BadUserInput, Forbidden, SiteNotFound, LoopDetected, TooManyRequests, and what the
/// sources say.
Async<ApiReply> list_tasks(const ApiRequest& request, RequestContext& context, Services& services);

/// PUT /tasks/{taskId}, this project's own (CONTRACT 0.5). BadUserInput, BadRequest, Conflict,
/// StoreUnavailable, Overloaded.
Async<ApiReply> put_task(const ApiRequest& request, RequestContext& context, Services& services);

/// POST /sessions. LoginFailed, TooManyRequests, Overloaded, NotImplemented, BadUserInput.
Async<ApiReply> log_in(const ApiRequest& request, RequestContext& context, Services& services);

/// GET /sessions: who the caller is.
Async<ApiReply> show_session(const ApiRequest& request, RequestContext& context,
                             Services& services);

/// DELETE /sessions: in force on every worker before it is answered.
Async<ApiReply> log_out(const ApiRequest& request, RequestContext& context, Services& services);

/// POST /sessions/extend: opens a session at another site, for this session alone. BadRequest,
/// BadUserInput, NotImplemented, SiteNotFound, TooManyRequests, ExtensionRefused, whatever a site's
/// answer becomes, StoreUnavailable.
Async<ApiReply> extend_session(const ApiRequest& request, RequestContext& context,
                               Services& services);

/// DELETE /sessions/{site}: forgets it, in force on every worker before it is answered.
/// BadUserInput, StoreUnavailable.
Async<ApiReply> shrink_session(const ApiRequest& request, RequestContext& context,
                               Services& services);

/// GET /sites: this site first, then the others as configured.
Async<ApiReply> list_sites(const ApiRequest& request, RequestContext& context, Services& services);

/// GET /sites/{site}. BadUserInput, SiteNotFound.
Async<ApiReply> show_site(const ApiRequest& request, RequestContext& context, Services& services);

/// GET /diagnostics/about.
Async<ApiReply> about(const ApiRequest& request, RequestContext& context, Services& services);

/// GET and POST /diagnostics/health: 202 with a task of the caller's own. BadRequest,
/// StoreUnavailable, Overloaded.
Async<ApiReply> check_health(const ApiRequest& request, RequestContext& context,
                             Services& services);

/// GET /openapi.yaml: the description of all this, for whoever asks.
Async<ApiReply> show_document(const ApiRequest& request, RequestContext& context,
                              Services& services);

/// GET /livez: the process serves.
Async<ApiReply> livez(const ApiRequest& request, RequestContext& context, Services& services);

/// GET /readyz: ready, or ShuttingDown.
Async<ApiReply> readyz(const ApiRequest& request, RequestContext& context, Services& services);

/// GET /metrics: counters, in the text format of Prometheus.
Async<ApiReply> metrics(const ApiRequest& request, RequestContext& context, Services& services);

}  // namespace sitegate
