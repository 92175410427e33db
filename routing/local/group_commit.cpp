#include "routing/local/group_commit.hpp"

#include <exception>
#include <string>

namespace sitegate::sqlite {

Result<std::shared_ptr<GroupCommit>> GroupCommit::start(Connection connection,
                                                        std::size_t queue_limit) {
  std::shared_ptr<GroupCommit> writer(new GroupCommit(std::move(connection), queue_limit));
  SITEGATE_TRY(writer->tables_, Tables::open(writer->connection_));
  SITEGATE_TRY(writer->files_, DatabaseFiles::of(writer->connection_.file()));
  writer->thread_ = std::thread(&GroupCommit::serve, writer.get());
  return writer;
}

GroupCommit::GroupCommit(Connection connection, std::size_t queue_limit)
    : connection_(std::move(connection)), queue_limit_(queue_limit) {}

GroupCommit::~GroupCommit() {
  close();
}

void GroupCommit::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  arrived_.notify_one();
  const std::lock_guard lock(joining_);
  if (thread_.joinable())
    thread_.join();
}

Result<void> GroupCommit::enqueue(std::unique_ptr<Job> job) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_)
      return make_error(ErrorCode::StoreUnavailable, {}, "the task store is closed");
    if (queue_.size() >= queue_limit_)
      return make_error(ErrorCode::Overloaded,
                        {std::to_string(queue_limit_) + " writes wait for the task store"});
    queue_.push_back(std::move(job));
  }
  arrived_.notify_one();
  return {};
}

void GroupCommit::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    arrived_.wait(lock, [this] { return closed_ || !queue_.empty(); });
    if (queue_.empty())
      return;
    Jobs jobs = std::exchange(queue_, {});
    lock.unlock();
    commit(jobs);
    jobs.clear();
    lock.lock();
  }
}

void GroupCommit::commit(const Jobs& jobs) {
  const auto undone = transact(jobs);
  if (undone && undone->by_a_job && jobs.size() > 1)
    return commit_one_by_one(jobs);
  for (const auto& job : jobs) finish(*job, undone ? std::optional(undone->error) : std::nullopt);
}

void GroupCommit::commit_one_by_one(const Jobs& jobs) {
  std::optional<Undone> undone;
  for (const auto& job : jobs) {
    // What fails without a job's doing (a lock held elsewhere, a full disk) is not tried for each.
    if (!undone || undone->by_a_job)
      undone = transact({&job, 1});
    finish(*job, undone ? std::optional(undone->error) : std::nullopt);
  }
}

void GroupCommit::finish(Job& job, const std::optional<Error>& undone) noexcept try {
  job.finish(undone);
} catch (const std::exception&) {
  // No memory to bring the outcome back: who waits is told by the deadline or a broken promise.
}

std::optional<GroupCommit::Undone> GroupCommit::transact(
    std::span<const std::unique_ptr<Job>> jobs) try {
  auto transaction = Transaction::begin(connection_);
  if (!transaction)
    return Undone{transaction.error(), false};
  for (const auto& job : jobs)
    if (auto failure = job->apply(*tables_))
      return Undone{*std::move(failure), true};
  if (auto committed = transaction->commit(); !committed)
    return Undone{committed.error(), false};
  commits_.fetch_add(1, std::memory_order_release);
  if (auto there = files_->still_there(); !there)
    return Undone{there.error(), false};
  return std::nullopt;
} catch (const std::exception& exception) {  // no memory: less of it is needed for a single job
  return Undone{make_error(ErrorCode::StoreUnavailable, {}, exception.what()), true};
}

}  // namespace sitegate::sqlite
