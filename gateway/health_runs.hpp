#pragma once
// One look at everything at a time, however many ask: what it found is shared for a while. Any
// thread; waiting is done on the worker that asks.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "contract/handoff.hpp"
#include "contract/task_id.hpp"

namespace sitegate {

/// What one look found. An error that is absent means: well.
struct HealthFindings {
  struct Site {
    std::string name;
    std::optional<Error> error{};
  };
  std::int64_t at = 0;  ///< milliseconds since the epoch
  std::optional<Error> store{};
  std::vector<Site> sites{};
};

class HealthRuns {
 public:
  /// So long after its end a run speaks for those who ask.
  static constexpr Milliseconds kShared{10'000};

  using Findings = std::shared_ptr<const HealthFindings>;  ///< null: the run broke off
  using Awaited = std::shared_ptr<Handoff<Findings>>;

  /// `awaited` gets what is found by the run under way, or was found less than kShared ago. True:
  /// neither is there, and the caller has to run and to call finish().
  bool take_part(const std::string& user, const TaskId& task, const Awaited& awaited,
                 SteadyTime now);

  /// What the run has found, to all who take part.
  void finish(Findings findings, SteadyTime now);

  /// With which task this user takes part in what is shared now: one is enough.
  std::optional<TaskId> task_of(const std::string& user, SteadyTime now) const;

 private:
  bool is_shared(SteadyTime now) const { return running_ || now < shared_until_; }

  mutable std::mutex mutex_;  // guards all below
  bool running_ = false;
  SteadyTime shared_until_ = SteadyTime::min();
  Findings findings_;
  std::vector<Awaited> waiting_;
  std::map<std::string, TaskId> tasks_;  // by user, of what is shared
};

}  // namespace sitegate
