// A lookup inside the gateway, step by step and as a whole: the real stores, settings and handlers,
// but no socket.

#include <boost/asio/use_awaitable.hpp>

#include "auth/authenticate.hpp"
#include "auth/random.hpp"
#include "gateway/cacheable_reply.hpp"
#include "gateway/endpoints.hpp"
#include "gateway/finish_request.hpp"
#include "gateway/handle_request.hpp"
#include "gateway/query.hpp"
#include "gateway/replies.hpp"
#include "gateway/reply_head.hpp"
#include "gateway/request_route.hpp"
#include "routing/transport/head_limits.hpp"
#include "tests/bench/steps_worker.hpp"

namespace sitegate::bench {
namespace {

using benchmark::State;

/// A request that came, and what is known of it when its handler begins.
struct Begun {
  explicit Begun(Worker& worker)
      : request(worker.request_of(request_text(kTaskId, "site1", worker.tokens[0]))) {
    context.request_id = context.operation_id = random_uuid();
    context.caller = worker.sessions.authenticate(worker.tokens[0], now_ms());
    context.path_parameter = kTaskId;
    context.site = "site1";
    context.trace.phase = Phase::Done;
    context.trace.store_us = 12;
  }
  ApiRequest request;
  RequestContext context;
};

// ---- before the handler ----

void uuid(State& state) {
  measure(state, random_uuid);
}
BENCHMARK(uuid);

void media_type(State& state) {
  const Begun begun(worker());
  measure(state, [&] { return negotiate(begun.request.fields.joined("Accept")); });
}
BENCHMARK(media_type);

void endpoint(State& state) {
  const Begun begun(worker());
  measure(state,
          [&] { return match(begun.request.listener, begun.request.method, begun.request.path); });
}
BENCHMARK(endpoint);

void session(State& state) {
  auto& w = worker();
  std::vector<ApiRequest> requests;
  for (const auto& token : w.tokens)
    requests.push_back(w.request_of(request_text(kTaskId, "site1", token)));
  const Authenticators who{w.sessions, w.services.statements};
  std::size_t next = 0;
  measure(state, [&] { return authenticate(requests[next++ % requests.size()], who, now_ms()); });
}
BENCHMARK(session);

// ---- the handler ----

void parameters(State& state) {
  const Begun begun(worker());
  measure(state, [&] {
    return std::pair(parse_task_id(begun.context.path_parameter), parse_site(begun.request.query));
  });
}
BENCHMARK(parameters);

void route(State& state) {
  const Begun begun(worker());
  const auto& services = worker().services;
  const std::optional<std::string> site("site2");
  measure(state, [&] {
    const auto found = resolve_site(begun.request, site, services);
    return deadline_for(begun.request, found.value(), begun.context.received, services);
  });
}
BENCHMARK(route);

/// So many lookups of any tasks in one turn of the worker's loop.
Awaitable<> find_tasks(State& state, Worker& w, std::size_t in_a_turn) {
  const auto viewer = Worker::viewer_of(0);
  std::size_t next = 0;
  const auto before = allocations();
  for (auto _ : state) {
    const auto found = co_await w.services.sources.local->find(w.ids[next % kTasks], viewer, {});
    require(found && *found, "a task is not there");
    if (++next % in_a_turn == 0)
      co_await asio::post(w.services.worker, asio::use_awaitable_t<WorkerExecutor>{});
  }
  report(state, allocations() - before);
}

void store_read(State& state) {
  worker().run(find_tasks(state, worker(), static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(store_read)->ArgName("in_a_turn")->Arg(1)->Arg(64);

// ---- the reply ----

void reply(State& state, std::string_view encoding) {
  Begun begun(worker());
  begun.request.fields.add("Accept-Encoding", encoding);
  const auto stored = document_of(kTaskId, "site1");
  const auto come = [&](std::string& document) { document = stored; };
  const auto make = [&](std::string& document) {
    auto made = cacheable_reply(begun.request, std::move(document), begun.context);
    add_common_fields(made, begun.context, "site1");
    benchmark::DoNotOptimize(made);
  };
  measure_stage<std::string>(state, 1, {come, make});
}
BENCHMARK_CAPTURE(reply, plain, "identity");
BENCHMARK_CAPTURE(reply, gzip, "gzip");

/// Most of an entity tag.
void digest(State& state) {
  const auto document = document_of(kTaskId, "site1");
  measure(state, [&] { return sha256(document, "application/json;charset=UTF-8"); });
}
BENCHMARK(digest);

void reply_text(State& state) {
  const Begun begun(worker());
  auto made = cacheable_reply(begun.request, document_of(kTaskId, "site1"), begun.context);
  add_common_fields(made, begun.context, "site1");
  measure(state, [&] {
    auto octets = reply_head(made, {});
    octets += made.body;
    return octets;
  });
}
BENCHMARK(reply_text);

void access_line_text(State& state) {
  const Begun begun(worker());
  measure(state, [&] { return access_line(begun.request, begun.context, {200, 1400, true}); });
}
BENCHMARK(access_line_text);

// ---- all of it ----

class NoBody final : public BodySource {
 public:
  Async<std::string> read_all(std::size_t) override { co_return std::string(); }
};

/// From the octets of a request to those of its reply and its access line, as Http1Conversation
/// does it.
Awaitable<> answer(State& state, Worker& w, std::string text, int status) {
  const auto bounds = head_limits(w.settings.limits);
  const auto before = allocations();
  for (std::size_t done = 1; auto _ : state) {
    HeadScanner scanner;
    const auto end = scanner.scan(text, bounds).size;
    auto head = parse_request_head(text.substr(0, end)).value();
    const auto request = w.side.make_request(head);
    NoBody body;
    RequestContext context;
    auto made = co_await handle_request(request, body, context, w.services);
    auto octets = reply_head(made, {});
    octets += made.body;
    finish_request(request, context, {made.status, octets.size(), true}, w.logs);
    require(made.status == status, octets);
    if (done++ % 64 == 0)  // callers in a turn of the worker's loop
      co_await asio::post(w.services.worker, asio::use_awaitable_t<WorkerExecutor>{});
  }
  report(state, allocations() - before);
}

void lookup(State& state, std::string_view id, std::string_view site, int status) {
  auto& w = worker();
  w.run(answer(state, w, request_text(id, site, w.tokens[0]), status));
}
BENCHMARK_CAPTURE(lookup, local, kTaskId, "site1", 200);
BENCHMARK_CAPTURE(lookup, forwarded, kTaskId, "site2", 200);
BENCHMARK_CAPTURE(lookup, absent, "00000000-0000-4000-8000-000000000000", "site1", 404);

}  // namespace
}  // namespace sitegate::bench
