#pragma once
// The sessions that outlived a restart, and the keys of what they hold.

#include "auth/sealer.hpp"
#include "auth/sessions.hpp"
#include "auth/users.hpp"
#include "gateway/materials.hpp"

namespace sitegate {

/// Of the file that is named, else of `sealing-keys` in the state directory, which is made when it
/// is not there. Fails with a sentence for the operator as `detail`.
Result<Sealer> sealer_of(const Settings& settings, const Materials& materials);

/// Those whose user is still who he was, with the extensions that are still of use: to a site that
/// is configured, sealed with a key that is there.
Result<void> load_sessions(Sessions& sessions, const Settings& settings, const Users& users,
                           const Sealer& sealer);

}  // namespace sitegate
