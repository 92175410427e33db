#pragma once
// The port between what is said to a site and how it travels. HTTP/1.1 and HTTP/2
// stand behind it (site_link.hpp), and nobody above notices which.

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/async.hpp"
#include "contract/deadline.hpp"
#include "contract/header_fields.hpp"
#include "routing/cancellation.hpp"
#include "routing/lookup.hpp"

namespace sitegate {

struct SiteRequest {
  std::string target;                                            ///< path and query, encoded
  std::string host;                                              ///< Host / :authority
  std::vector<std::pair<std::string_view, std::string>> fields;  ///< the names are literals
  std::string_view method = "GET";  ///< what is no GET goes once; by HTTP/1.1 on a fresh connection
  std::string body{};               ///< of a POST
  std::string_view time_left_field{};  ///< sent with the milliseconds that are left by then
  std::size_t max_body = 0;            ///< octets of the answer's; 0 = `limits.answer_body`
};

struct SiteAnswer {
  int status = 0;
  HeaderFields fields;
  std::string body;
};

/// Why no answer could be had.
struct LinkFailure {
  enum class Kind : std::uint8_t {
    Unresolved,
    Refused,      ///< no connection: refused, unreachable, or closed before TLS was through
    NoResources,  ///< this process has no descriptor or memory for a connection
    ConnectTimeout,
    ForeignIdentity,   ///< the site's chain, name, pins or dates do not verify
    IdentityRejected,  ///< the site ended TLS with an alert about our certificate
    TlsBroken,         ///< TLS failed otherwise
    Cut,               ///< the connection ended before the answer did
    Malformed,         ///< not HTTP, or framed in a way that cannot be relied upon
    HeadTooLarge,
    BodyTooLarge,
    Late,  ///< the deadline of the request passed
    ShuttingDown,
  };
  Kind kind = Kind::Refused;
  std::string detail;  ///< for the log
};

using LinkOutcome = boost::system::result<SiteAnswer, LinkFailure>;

/// One per worker and site; called on that worker only.
class Link {
 public:
  virtual ~Link() = default;

  /// One question, one answer, whole and within its bounds, before `deadline`. At most one retry of
  /// a GET, only before any octet of the answer and on a fresh connection. `trace` gets phase and
  /// times. `cancellation`, null or alive until the exchange has ended, ends it early as Late.
  virtual Awaitable<LinkOutcome> exchange(const SiteRequest& request, Deadline deadline,
                                          LookupTrace& trace, Cancellation* cancellation) = 0;

  /// Closes what is at rest; exchanges under way end as ShuttingDown.
  virtual void close() noexcept = 0;
};

}  // namespace sitegate
