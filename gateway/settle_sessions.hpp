#pragma once

#include "contract/async.hpp"
#include "gateway/services.hpp"

namespace sitegate {

/// Makes durable what sessions have lost: themselves, or extensions. It is in force already. Fails
/// with StoreUnavailable, Overloaded.
Async<bool> settle_sessions(Deadline deadline, Services& services);

}  // namespace sitegate
