#include "gateway/settle_sessions.hpp"

namespace sitegate {

Async<bool> settle_sessions(Deadline deadline, Services& services) {
  std::function<Result<bool>()> work = [&sessions = services.sessions]() -> Result<bool> {
    const auto settled = sessions.settle();
    if (!settled)
      return settled.error();
    return true;
  };
  co_return co_await services.storing.run<bool>(services.worker, std::move(work), deadline);
}

}  // namespace sitegate
