// POST /sessions/extend and DELETE /sessions/{site}: what a session may do at other sites
// (CONTRACT rows 44 to 49).

#include <algorithm>

#include "gateway/extensions.hpp"
#include "gateway/handlers.hpp"
#include "gateway/replies.hpp"
#include "gateway/settle_sessions.hpp"
#include "gateway/site_login.hpp"

namespace sitegate {
namespace {

Error needs_session() {
  return bad_user_input("X-VCAV-Auth", "absent",
                        "the token of a session: log in with POST /sessions to extend it");
}

/// Time for the login, of that for all; the rest is for keeping what came of it.
Deadline for_login(Milliseconds whole, SteadyTime received) {
  return Deadline::after(whole - std::min<Milliseconds>(whole / 4, std::chrono::seconds{1}),
                         received);
}

ExtensionsPtr only(const std::string& session, const Extension& extension) {
  return std::make_shared<const Extensions>(Extensions{session, {extension}});
}

Async<ExtensionsPtr> keep(const std::string& session, Extension extension, Deadline deadline,
                          Services& services) {
  std::function<Result<ExtensionsPtr>()> work = [session, extension = std::move(extension),
                                                 &services] {
    return services.sessions.extend(session, extension, now_ms());
  };
  co_return co_await services.storing.run<ExtensionsPtr>(services.worker, std::move(work),
                                                         deadline);
}

}  // namespace

Async<ApiReply> extend_session(const ApiRequest& request, RequestContext& context,
                               Services& services) {
  context.trace.phase = Phase::Parameters;
  auto& caller = *context.caller;
  if (caller.session.empty())
    co_return needs_session();
  SITEGATE_CO_TRY(auto extend, parse_extend(context.body));
  context.body.clear();
  SITEGATE_CO_TRY(const auto at, site_to_extend_to(extend.site, request, services));
  context.site = extend.site;
  const auto who = caller.viewer.user + '\n' + extend.site;
  auto& limits = services.extend_limits;
  const auto now = std::chrono::steady_clock::now();
  if (const auto wait = limits.failures.retry_after(who, request.peer_address, now))
    co_return too_many_failed_logins(*wait);
  const QuestionLimit::Place place(limits.running, caller.viewer.user);
  if (!place.granted())
    co_return too_many_questions("you are logging in at too many sites at once");

  auto& site = *services.sources.remote[at];
  const auto whole = site.time_budget();
  // Has a name because g++ 12 destroys twice what an aggregate holds that is made within a
  // co_await.
  SiteLogin login{.session = caller.session,
                  .type = extend.type,
                  .body = std::move(extend.login_body),
                  .operation_id = context.operation_id,
                  .deadline = for_login(whole, context.received)};
  auto opened = co_await site.open_session(std::move(login), context.trace);
  if (!opened) {
    if (opened.error().code == ErrorCode::ExtensionRefused)
      limits.failures.failed(who, request.peer_address, std::chrono::steady_clock::now());
    co_return std::move(opened).error();
  }
  context.trace.phase = Phase::Store;
  const auto before = caller.extensions;
  auto kept =
      co_await keep(caller.session, *opened, Deadline::after(whole, context.received), services);
  if (kept) {
    caller.extensions = std::move(*kept);
  } else {  // what nobody can use is not left behind
    services.sessions.shrink(caller.session, opened->site, &opened->sealed);
    end_at_sites(only(caller.session, *opened), caller.viewer, context.operation_id, services);
  }
  if (const auto* replaced = before == nullptr ? nullptr : before->at(opened->site))
    end_at_sites(only(caller.session, *replaced), caller.viewer, context.operation_id, services);
  if (!kept)
    co_return std::move(kept).error();
  co_return session_reply(context, services.settings.site.name);
}

Async<ApiReply> shrink_session(const ApiRequest&, RequestContext& context, Services& services) {
  context.trace.phase = Phase::Parameters;
  auto& caller = *context.caller;
  if (caller.session.empty())
    co_return needs_session();
  const auto& name = context.path_parameter;
  const auto* extension = caller.extensions == nullptr ? nullptr : caller.extensions->at(name);
  if (extension == nullptr)
    co_return bad_user_input("site", name, "a site that this session was extended to");
  context.site = name;
  auto gone = only(caller.session, *extension);
  // In force from here on, whatever the store does.
  caller.extensions = services.sessions.shrink(caller.session, name);
  end_at_sites(std::move(gone), caller.viewer, context.operation_id, services);
  context.trace.phase = Phase::Store;
  const auto deadline = Deadline::after(services.settings.limits.local_deadline, context.received);
  SITEGATE_CO_TRY([[maybe_unused]] const bool done, co_await settle_sessions(deadline, services));
  co_return session_reply(context, services.settings.site.name);
}

}  // namespace sitegate
