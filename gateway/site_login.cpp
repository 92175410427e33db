#include "gateway/site_login.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "gateway/body_members.hpp"

namespace sitegate {
namespace {

namespace json = boost::json;

constexpr std::string_view kExtendTypes = "credentials, cookie, vcdAccessToken";
// Of the published API, and nothing that a gateway could carry to another site: a ticket of the
// site's own single sign-on, and tokens that only its provider can change into a session.
constexpr std::string_view kNotSupported[] = {"multisite", "accessToken", "apiToken"};

std::string login_with(std::string_view type, json::object credentials) {
  json::object body{{"type", type}};
  for (auto& member : credentials) body[member.key()] = std::move(member.value());
  return json::serialize(body);
}

Result<std::string> with_password(const Members& members) {
  // Extend says vcdUsername where login says vcdUser (row 48); clients send either (row 47).
  const auto* alias = members.contains("vcdUser") ? "vcdUser" : "username";
  SITEGATE_TRY(const auto user, member(members, "vcdUsername", alias));
  SITEGATE_TRY(const auto password, member(members, "vcdPassword", "password"));
  return login_with("vcdCredentials", {{"vcdUser", user}, {"vcdPassword", password}});
}

Result<std::string> with_cookie(const Members& members) {
  SITEGATE_TRY(const auto cookie, member(members, "cookie", "vcdCookie"));
  return login_with("vcdCookie", {{"vcdCookie", cookie}});
}

Result<std::string> with_access_token(const Members& members) {
  SITEGATE_TRY(const auto token, member(members, "vcdAccessToken"));
  json::object credentials{{"vcdAccessToken", token}};
  for (const auto* name : {"context", "org"})  // row 37 says context
    if (const auto found = members.find(name); found != members.end())
      credentials["context"] = found->second;
  return login_with("vcdAccessToken", std::move(credentials));
}

/// The body of a login there.
Result<std::string> login_of(const std::string& type, const Members& members) {
  if (type == "credentials")
    return with_password(members);
  if (type == "cookie")
    return with_cookie(members);
  if (type == "vcdAccessToken")
    return with_access_token(members);
  for (const auto name : kNotSupported)
    if (type == name)
      return make_error(ErrorCode::NotImplemented, {type, std::string(kExtendTypes)});
  return bad_user_input("type", type, "one of " + std::string(kExtendTypes));
}

}  // namespace

Result<ExtendRequest> parse_extend(const std::string& body) {
  SITEGATE_TRY(const auto members, body_members(body));
  SITEGATE_TRY(auto type, member(members, "type"));
  SITEGATE_TRY(auto site, member(members, "site"));
  SITEGATE_TRY(auto login, login_of(type, members));
  return ExtendRequest{std::move(type), std::move(site), std::move(login)};
}

}  // namespace sitegate
