#pragma once
// What the files named in the configuration hold: users, keys, certificates. Loaded once, before
// anything starts; `check` and `serve` report the same problems, because both come here.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "auth/sealer.hpp"
#include "auth/statement.hpp"
#include "auth/users.hpp"
#include "config/problems.hpp"
#include "routing/transport/tls_context.hpp"

namespace sitegate {

/// As whom we speak to one site, and whom we believe there.
struct SiteMaterials {
  TlsContext context;
  std::optional<StatementSigner> signer;  ///< none: callers have sessions of their own there
  std::string certificate_thumbprint;     ///< of our client certificate, 32 raw octets
};

struct Materials {
  Users users;
  PeerDirectory peers;
  std::vector<TlsContext> listeners;  ///< in the order of Settings::listeners; null for `admin`
  std::vector<SiteMaterials> sites;   ///< in the order of Settings::sites
  std::optional<Sealer> sealer;       ///< of sessions.sealing_keys; none: no file is named
};

/// nullopt when anything was added to `problems`; everything is tried all the same.
std::optional<Materials> load_materials(const Settings& settings, Problems& problems);

}  // namespace sitegate
