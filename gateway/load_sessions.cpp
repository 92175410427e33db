#include "gateway/load_sessions.hpp"

#include <algorithm>

#include "auth/digest.hpp"
#include "gateway/services.hpp"
#include "gateway/state_file.hpp"

namespace sitegate {

Result<Sealer> sealer_of(const Settings& settings, const Materials& materials) {
  if (materials.sealer)
    return *materials.sealer;
  const auto file = settings.state_directory / "sealing-keys";
  SITEGATE_TRY(const auto text, read_or_make(file, Sealer::new_key_file));
  auto sealer = Sealer::parse(text);
  if (!sealer)
    return state_file_error(file, sealer.error().detail);
  return sealer;
}

Result<void> load_sessions(Sessions& sessions, const Settings& settings, const Users& users,
                           const Sealer& sealer) {
  const auto still_valid = [&users](const StoredSession& session) {
    const auto* user = users.find(session.viewer.user);
    return user != nullptr && user->viewer == session.viewer &&
           sha256(user->password_hash) == session.credential;
  };
  const auto still_useful = [&](const std::string& key, const Extension& extension) {
    const auto& sites = settings.sites;
    return std::ranges::find(sites, extension.site, &RemoteSiteSettings::name) != sites.end() &&
           sealer.open(extension.sealed, key, extension.site);
  };
  return sessions.load(now_ms(), still_valid, still_useful);
}

}  // namespace sitegate
