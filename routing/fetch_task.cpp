#include "routing/fetch_task.hpp"

namespace sitegate {

namespace {

Async<std::string> find_here(const Lookup& lookup, TaskStore& store, LookupTrace& trace) {
  trace.phase = Phase::Store;
  const auto begin = std::chrono::steady_clock::now();
  auto found = co_await store.find(lookup.id, lookup.viewer, lookup.deadline);
  trace.store_us = microseconds_since(begin);
  if (!found)
    co_return std::move(found).error();
  if (!*found)
    co_return make_error(ErrorCode::TaskNotFound, {lookup.id.to_string()});
  co_return std::move(**found);
}

}  // namespace

Async<std::string> fetch_task(const Route& route, const Lookup& lookup, TaskSources& sources,
                              LookupTrace& trace) {
  if (const auto* remote = std::get_if<RemoteRoute>(&route))
    co_return co_await sources.remote[remote->site]->lookup(lookup, trace);
  auto here = co_await find_here(lookup, *sources.local, trace);
  const bool absent = !here && here.error().code == ErrorCode::TaskNotFound;
  if (absent && std::holds_alternative<AnywhereRoute>(route))
    co_return co_await sources.elsewhere->find(lookup, trace);
  co_return here;
}

}  // namespace sitegate
