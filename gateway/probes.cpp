// GET /livez and /readyz, for whoever runs the process.

#include "gateway/handlers.hpp"
#include "gateway/replies.hpp"

namespace sitegate {

Async<ApiReply> livez(const ApiRequest&, RequestContext& context, Services&) {
  co_return probe_reply("live", context);
}

Async<ApiReply> readyz(const ApiRequest&, RequestContext& context, Services& services) {
  if (!services.ready.load(std::memory_order_relaxed))
    co_return make_error(ErrorCode::ShuttingDown);
  co_return probe_reply("ready", context);
}

}  // namespace sitegate
