#include "routing/remote/session_protocol.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "routing/remote/remote_protocol.hpp"

namespace sitegate {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxToken = 4096;  // octets; row 7 saw 28
constexpr std::size_t kMaxOrg = 256;
constexpr std::size_t kMaxSessionBody = 64 * 1024;

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Any letters, of bounded length.
std::string shown(std::string_view org) {
  std::string text(org.size() > kMaxOrg ? std::string_view() : org);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = '?';
  return text;
}

/// Of the entry that is the site itself, else of the only one.
std::string org_of(const json::array& sites, std::string_view remote_name) {
  std::string org;
  for (const auto& entry : sites) {
    const auto* object = entry.if_object();
    const auto* site = object == nullptr ? nullptr : object->if_contains("site");
    const auto* found = object == nullptr ? nullptr : object->if_contains("org");
    const bool is_itself =
        site != nullptr && site->is_string() && site->get_string() == remote_name;
    if (found != nullptr && found->is_string() && (is_itself || sites.size() == 1))
      org = shown(found->get_string());
  }
  return org;
}

/// Of SessionDetails (row 36); nullopt: it is none.
std::optional<std::string> org_of(const std::string& body, std::string_view remote_name) {
  boost::system::error_code error;
  const auto value = json::parse(body, error);
  const auto* details = error ? nullptr : value.if_object();
  const auto* sites = details == nullptr ? nullptr : details->if_contains("authenticatedSites");
  if (sites == nullptr || !sites->is_array())
    return std::nullopt;
  return org_of(sites->get_array(), remote_name);
}

}  // namespace

SiteRequest login_request(SiteRequest to_site, std::string body) {
  to_site.method = "POST";
  to_site.target = "/sessions";
  to_site.fields.emplace_back("Content-Type", "application/json");
  to_site.body = std::move(body);
  to_site.max_body = kMaxSessionBody;
  return to_site;
}

SiteRequest session_request(SiteRequest to_site) {
  to_site.target = "/sessions";
  to_site.max_body = kMaxSessionBody;
  return to_site;
}

SiteRequest logout_request(SiteRequest to_site) {
  to_site.method = "DELETE";
  to_site.target = "/sessions";
  to_site.max_body = kMaxSessionBody;
  return to_site;
}

bool is_session_over(const SiteAnswer& answer) noexcept {
  return answer.status == 401;
}

Result<SiteSession> read_login_answer(std::string_view site, std::string_view remote_name,
                                      std::string_view type, const SiteAnswer& answer) {
  switch (answer.status) {
    case 200:
      break;
    case 401:
    case 403:
      return make_error(ErrorCode::ExtensionRefused, {std::string(site)},
                        "it answered " + std::to_string(answer.status));
    case 400:
    case 501:
      return bad_user_input("type", type,
                            "one that site '" + std::string(site) +
                                "' lets callers log in with, "
                                "with all of its members");
    default:
      return read_site_failure(site, answer);
  }
  if (is_encoded(answer))
    return discarded(site, "it is encoded, which was not asked for");
  const auto token = answer.fields.first(kSessionTokenField);
  if (answer.fields.count(kSessionTokenField) != 1 || !is_token(token))
    return discarded(site, "it holds not exactly one token");
  auto org = org_of(answer.body, remote_name);
  if (!org)
    return discarded(site, "it is no SessionDetails");
  return SiteSession{std::string(token), *std::move(org)};
}

}  // namespace sitegate
