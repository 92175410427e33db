#pragma once
// As whom a question goes to a site (DESIGN section 6): with the session that the caller opened
// there, else with a statement of who asks, else not at all.

#include <functional>
#include <optional>
#include <string>

#include "auth/principal.hpp"
#include "auth/sealer.hpp"
#include "routing/remote/delegation.hpp"
#include "routing/remote/link.hpp"

namespace sitegate {

/// Who asks. What is referred to lives as long as the question.
struct Asker {
  const Viewer& viewer;
  const Extensions* extensions = nullptr;  ///< null: none
};

/// One per worker and site.
class SiteIdentity {
 public:
  /// Told that an extension is over at the site.
  using Lapsed = std::function<void(const std::string& session, const Extension& extension)>;

  /// `delegation`: none for a site that takes no statements. `sealer` outlives this.
  SiteIdentity(std::string site, std::optional<Delegation> delegation, const Sealer& sealer,
               Lapsed lapsed);

  /// Is there anything to ask with?
  bool speaks_for(const Extensions* extensions) const noexcept;

  struct Proof {
    const Extension* extension = nullptr;  ///< of the asker; null: a statement
    std::string statement_id{};            ///< `jti`
  };

  /// Adds the field that says who asks at `now` (seconds since the epoch). ExtensionNeeded,
  /// GeneralServerFailure (no statement could be signed).
  Result<Proof> prove(SiteRequest& request, const Asker& asker, std::int64_t now);

  /// What the site said to an extension: it is over, and forgotten everywhere.
  Error lapse(const Asker& asker, const Extension& extension) const;

  std::string seal(std::string_view token, std::string_view session) const {
    return sealer_.seal(token, session, site_);
  }

 private:
  std::string site_;
  std::optional<Delegation> delegation_;
  const Sealer& sealer_;
  Lapsed lapsed_;
};

}  // namespace sitegate
