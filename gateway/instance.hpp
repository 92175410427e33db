#pragma once
// Which gateway this is: what `/diagnostics` says of it (CONTRACT rows 85 to 87).

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auth/random.hpp"
#include "contract/result.hpp"
#include "gateway/materials.hpp"
#include "routing/transport/tls_context.hpp"

namespace sitegate {

/// A certificate of ours, and what it is for: `callers`, `peers`, or the site to which we show it.
struct NamedCertificate {
  std::string use;
  std::string site;  ///< empty: of a listener
  CertificateInUse certificate;
};

struct Instance {
  std::string id{};                        ///< a UUID; never changes
  std::string runtime_id = random_uuid();  ///< of this start
  std::vector<NamedCertificate> certificates{};

  /// What callers see; nullopt: no listener for them.
  std::optional<CertificateInUse> shown_to_callers() const;
};

/// Those of all listeners, and those that we show to sites.
std::vector<NamedCertificate> own_certificates(const Settings& settings,
                                               const Materials& materials);

/// The id of the gateway that owns this state directory: made and kept in `instance-id` there at
/// the first start. Fails, with a sentence for the operator as `detail`, when the file cannot be
/// read or made, or holds no id: another one in its place would be another gateway.
Result<std::string> instance_id_in(const std::filesystem::path& state_directory);

}  // namespace sitegate
