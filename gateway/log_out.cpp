// DELETE /sessions

#include "gateway/handlers.hpp"
#include "gateway/replies.hpp"

namespace sitegate {

Async<ApiReply> log_out(const ApiRequest&, RequestContext& context, Services& services) {
  const auto deadline = Deadline::after(services.settings.limits.local_deadline, context.received);
  std::function<Result<bool>()> work = [key = context.caller->session,
                                        &sessions = services.sessions]() -> Result<bool> {
    const auto closed = sessions.close(key);
    if (!closed)
      return closed.error();
    return true;
  };
  SITEGATE_CO_TRY([[maybe_unused]] const bool done,
                  co_await services.storing.run<bool>(services.worker, std::move(work), deadline));
  co_return empty_reply();
}

}  // namespace sitegate
