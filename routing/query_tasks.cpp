#include "routing/query_tasks.hpp"

namespace sitegate {

Async<TaskPage> query_tasks(const Route& route, const ListQuestion& question, TaskSources& sources,
                            LookupTrace& trace) {
  if (const auto* remote = std::get_if<RemoteRoute>(&route))
    co_return co_await sources.remote[remote->site]->list(question, trace);
  trace.phase = Phase::Store;
  const auto begin = std::chrono::steady_clock::now();
  auto page = co_await sources.local->query(question.query, question.viewer, question.deadline);
  trace.store_us = microseconds_since(begin);
  co_return page;
}

}  // namespace sitegate
