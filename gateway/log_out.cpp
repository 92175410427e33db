// DELETE /sessions

#include "gateway/extensions.hpp"
#include "gateway/handlers.hpp"
#include "gateway/replies.hpp"
#include "gateway/settle_sessions.hpp"

namespace sitegate {

Async<ApiReply> log_out(const ApiRequest&, RequestContext& context, Services& services) {
  const auto& caller = *context.caller;
  services.sessions.end(caller.session);  // in force from here on, whatever the store does
  end_at_sites(caller.extensions, caller.viewer, context.operation_id, services);
  const auto deadline = Deadline::after(services.settings.limits.local_deadline, context.received);
  SITEGATE_CO_TRY([[maybe_unused]] const bool done, co_await settle_sessions(deadline, services));
  co_return empty_reply();
}

}  // namespace sitegate
