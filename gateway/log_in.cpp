// POST /sessions: a name and a password become a token (CONTRACT 0.5, rows 33 to 40).

#include "auth/authenticate.hpp"
#include "auth/digest.hpp"
#include "auth/password.hpp"
#include "gateway/body_members.hpp"
#include "gateway/handlers.hpp"
#include "gateway/replies.hpp"

namespace sitegate {
namespace {

constexpr std::string_view kLoginTypes = "localUser, ssoCredentials, vcdCredentials";

/// One way of logging in: the members that hold name and password, with the aliases of row 38.
struct LoginType {
  std::string_view name, user, user_alias, password, password_alias;
};
constexpr LoginType kByPassword[] = {
    {"localUser", "localUser", "username", "localPassword", "password"},
    {"ssoCredentials", "username", "username", "password", "password"},
    {"vcdCredentials", "vcdUser", "username", "vcdPassword", "password"},
};
constexpr std::string_view kNotSupported[] = {"vcdAccessToken", "ssoToken", "vcdCookie"};

struct Credentials {
  std::string user, password;
};

Result<Credentials> parse_credentials(const std::string& body) {
  SITEGATE_TRY(const auto members, body_members(body));
  SITEGATE_TRY(const auto type, member(members, "type"));
  for (const auto name : kNotSupported)
    if (type == name)
      return make_error(ErrorCode::NotImplemented, {type, std::string(kLoginTypes)});
  for (const auto& way : kByPassword) {
    if (type != way.name)
      continue;
    SITEGATE_TRY(auto user, member(members, way.user, way.user_alias));
    SITEGATE_TRY(auto password, member(members, way.password, way.password_alias));
    return Credentials{std::move(user), std::move(password)};
  }
  return bad_user_input("type", type, "one of " + std::string(kLoginTypes));
}

/// On the pool. An unknown user costs the same time as a wrong password (CHECKLIST 40).
Result<const User*> check(const Credentials& credentials, const std::string& address,
                          LoginLimiter::Addresses counts, Services& services) {
  // Once more, because guesses sent at the same time all passed the first check together.
  const auto before = std::chrono::steady_clock::now();
  if (const auto wait =
          services.login_limiter.retry_after(credentials.user, address, before, counts))
    return too_many_failed_logins(*wait);
  const auto* user = services.users.find(credentials.user);
  const auto& hash = user != nullptr ? user->password_hash : dummy_password_hash();
  const bool right = verify_password(hash, credentials.password);
  if (user == nullptr || !right) {
    services.login_limiter.failed(credentials.user, address, std::chrono::steady_clock::now(),
                                  counts);
    // What is no user's name may be a password in the wrong field: the log does not repeat it.
    return make_error(ErrorCode::LoginFailed, {},
                      user != nullptr ? "user " + credentials.user : "an unknown user");
  }
  return user;
}

}  // namespace

Async<ApiReply> log_in(const ApiRequest& request, RequestContext& context, Services& services) {
  SITEGATE_CO_TRY(auto credentials, parse_credentials(context.body));
  context.body.clear();
  context.trace.phase = Phase::Authentication;
  const auto& address = request.peer_address;
  // A gateway's address stands for all of its callers.
  const auto counts = request.listener == ListenerKind::Peers ? LoginLimiter::Addresses::DoNotCount
                                                              : LoginLimiter::Addresses::Count;
  if (const auto wait =
          services.login_limiter.retry_after(credentials.user, address, context.received, counts))
    co_return too_many_failed_logins(*wait);

  const auto deadline = Deadline::after(services.settings.limits.local_deadline, context.received);
  std::function<Result<const User*>()> checking = [credentials = std::move(credentials), address,
                                                   counts, &services] {
    return check(credentials, address, counts, services);
  };
  SITEGATE_CO_TRY(const auto* user, co_await services.hashing.run<const User*>(
                                        services.worker, std::move(checking), deadline));
  // Not where passwords are hashed: a slow disk must not hold those threads.
  std::function<Result<Opened>()> opening = [user, deadline, listener = request.listener,
                                             &services] {
    auto opened =
        services.sessions.open(user->viewer, now_ms(), sha256(user->password_hash), listener);
    if (opened && deadline.passed())  // nobody has its token
      services.sessions.end(opened->key);
    return opened;
  };
  SITEGATE_CO_TRY(auto opened, co_await services.storing.run<Opened>(services.worker,
                                                                     std::move(opening), deadline));
  context.caller = Principal{.viewer = user->viewer, .session = std::move(opened.key), .peer = {}};
  auto reply = session_reply(context, services.settings.site.name);
  reply.fields.emplace_back(kTokenField, std::move(opened.token));
  co_return reply;
}

}  // namespace sitegate
