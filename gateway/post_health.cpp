// GET and POST /diagnostics/health: a task of the caller's own, which ends with what was found.

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>

#include "gateway/handlers.hpp"
#include "gateway/health_check.hpp"
#include "gateway/replies.hpp"

namespace sitegate {
namespace {

/// Nothing of a body is used, but it must be what its Content-Type says.
Result<void> check_body(const std::string& body) {
  boost::system::error_code error;
  if (!body.empty())
    boost::json::parse(body, error);
  if (error)
    return make_error(ErrorCode::BadRequest, {"the body is not JSON"});
  return {};
}

HealthTask new_task(const RequestContext& context) {
  const auto started = now_ms();
  return {TaskId::parse(random_uuid()).value(), context.caller->viewer, context.operation_id,
          started, started};
}

ApiReply accepted(const TaskId& id, std::string document, const RequestContext& context) {
  auto reply = task_reply(202, std::move(document), context);
  reply.fields.emplace_back("Location", "/tasks/" + id.to_string());
  return reply;
}

}  // namespace

Async<ApiReply> check_health(const ApiRequest&, RequestContext& context, Services& services) {
  if (const auto right = check_body(context.body); !right)
    co_return right.error();
  context.trace.phase = Phase::Store;
  auto& store = *services.sources.local;
  const auto& viewer = context.caller->viewer;
  const auto deadline = Deadline::after(services.settings.limits.local_deadline, context.received);
  const auto known = services.health_runs.task_of(viewer.user, std::chrono::steady_clock::now());
  if (known) {
    SITEGATE_CO_TRY(auto document, co_await store.find(*known, viewer, deadline));
    if (document)
      co_return accepted(*known, std::move(*document), context);
  }
  auto task = new_task(context);
  auto record = running_health(task, 0, health_subject(services));
  const auto id = task.id;
  auto document = record.document;
  SITEGATE_CO_TRY([[maybe_unused]] const auto outcome,
                  co_await store.put(std::move(record), deadline));
  const auto on_end = [](const std::exception_ptr& thrown) {
    if (thrown)  // a bug or exhausted memory: for the worker to log
      std::rethrow_exception(thrown);
  };
  asio::co_spawn(services.worker, finish_health_task(std::move(task), services), on_end);
  co_return accepted(id, std::move(document), context);
}

}  // namespace sitegate
