// DELETE /sessions

#include "gateway/extensions.hpp"
#include "gateway/handlers.hpp"
#include "gateway/replies.hpp"

namespace sitegate {

Async<ApiReply> log_out(const ApiRequest&, RequestContext& context, Services& services) {
  auto& sessions = services.sessions;
  const auto& caller = *context.caller;
  sessions.end(caller.session);  // in force from here on, whatever the store does
  end_at_sites(caller.extensions, caller.viewer, context.operation_id, services);
  const auto deadline = Deadline::after(services.settings.limits.local_deadline, context.received);
  std::function<Result<bool>()> work = [&sessions]() -> Result<bool> {
    const auto settled = sessions.settle();
    if (!settled)
      return settled.error();
    return true;
  };
  SITEGATE_CO_TRY([[maybe_unused]] const bool done,
                  co_await services.storing.run<bool>(services.worker, std::move(work), deadline));
  co_return empty_reply();
}

}  // namespace sitegate
