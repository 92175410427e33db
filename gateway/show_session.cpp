// GET /sessions

#include "gateway/handlers.hpp"
#include "gateway/replies.hpp"

namespace sitegate {

Async<ApiReply> show_session(const ApiRequest&, RequestContext& context, Services& services) {
  co_return session_reply(context, services.settings.site.name);
}

}  // namespace sitegate
