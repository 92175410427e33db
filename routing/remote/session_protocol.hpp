#pragma once
// Sessions at a site, as any software that speaks this API has them (CONTRACT rows 28 to 54): what
// is said to open, keep and end one, and what the answers mean. Pure: no I/O.

#include <string>
#include <string_view>

#include "contract/result.hpp"
#include "routing/remote/link.hpp"

namespace sitegate {

/// The field that holds a session's token, in requests and in the answer to a login.
inline constexpr std::string_view kSessionTokenField = "X-VCAV-Auth";

/// `body`: what that site's POST /sessions takes, credentials and all. Never logged, never retried.
SiteRequest login_request(SiteRequest to_site, std::string body);

/// GET /sessions, which keeps a session alive.
SiteRequest session_request(SiteRequest to_site);

/// DELETE /sessions, which ends it.
SiteRequest logout_request(SiteRequest to_site);

/// Does it say that the session it was asked with is none, or none any more?
bool is_session_over(const SiteAnswer& answer) noexcept;

struct SiteSession {
  std::string token;
  std::string org;  ///< who the caller is there; empty: it did not say
};

/// What came of a login there. `site` is our name for it, `remote_name` its own. Fails with
/// ExtensionRefused (wrong credentials), BadUserInput (it knows no such `type` of login), and as
/// every answer does (CONTRACT 0.3). Nothing of an error's body is taken: it may hold what was
/// sent.
Result<SiteSession> read_login_answer(std::string_view site, std::string_view remote_name,
                                      std::string_view type, const SiteAnswer& answer);

}  // namespace sitegate
