#pragma once
// The look itself: the store, and every site by a question that it must answer.

#include "gateway/health_documents.hpp"
#include "gateway/services.hpp"

namespace sitegate {

/// What is known of this gateway, its certificates and those that sites have shown.
HealthSubject health_subject(const Services& services);

/// To the end of a task that stands in the store as running: takes part in a run, or makes one,
/// and stores what it found. On the worker of `services`, which outlives it.
Awaitable<> finish_health_task(HealthTask task, Services& services);

}  // namespace sitegate
