#include "gateway/health_runs.hpp"

namespace sitegate {

bool HealthRuns::take_part(const std::string& user, const TaskId& task, const Awaited& awaited,
                           SteadyTime now) {
  const std::scoped_lock held(mutex_);
  const bool runs = !is_shared(now);
  if (runs)
    tasks_.clear();
  tasks_[user] = task;
  if (!runs && !running_) {
    awaited->complete(findings_);
    return false;
  }
  waiting_.push_back(awaited);
  running_ = true;
  return runs;
}

void HealthRuns::finish(Findings findings, SteadyTime now) {
  const std::scoped_lock held(mutex_);
  running_ = false;
  shared_until_ = findings == nullptr ? now : now + kShared;
  findings_ = std::move(findings);
  for (const auto& awaited : std::exchange(waiting_, {})) awaited->complete(findings_);
}

std::optional<TaskId> HealthRuns::task_of(const std::string& user, SteadyTime now) const {
  const std::scoped_lock held(mutex_);
  const auto found = tasks_.find(user);
  return is_shared(now) && found != tasks_.end() ? std::optional(found->second) : std::nullopt;
}

}  // namespace sitegate
