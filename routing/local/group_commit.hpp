#pragma once
// One thread that writes, and a bounded queue before it. Everything that is queued when it comes
// round is one transaction: under load a hundred acknowledged writes share one fsync, and an idle
// store commits at once.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "routing/local/database_files.hpp"
#include "routing/local/sqlite_tables.hpp"

namespace sitegate::sqlite {

/// Thread-safe. Jobs of one transaction run in the order they came, each sees what those before it
/// wrote. A job that fails with StoreUnavailable undoes the transaction; then each job gets one of
/// its own, so that one that meets a damaged page costs the others nothing. A commit that fails
/// fails every job of it with StoreUnavailable; any other failure is the job's own. A commit into
/// files that are no longer where they were counts as failed: the next start would not find it.
class GroupCommit {
 public:
  template <class T>
  using Work = std::function<Result<T>(Tables&)>;
  template <class T>
  using Done = std::function<void(Result<T>)>;

  /// `queue_limit`: jobs that may wait.
  static Result<std::shared_ptr<GroupCommit>> start(Connection connection, std::size_t queue_limit);
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// Both run on the writer thread: `work` inside the transaction, perhaps a second time when the
  /// first was undone; `done` once it is durable or has failed, and must not throw. Overloaded when
  /// the queue is full, StoreUnavailable after `close`; then neither is called.
  template <class T>
  Result<void> submit(Work<T> work, Done<T> done) {
    return enqueue(std::make_unique<JobOf<T>>(std::move(work), std::move(done)));
  }

  /// The same, and waits for the outcome. Never on a worker.
  template <class T>
  Result<T> run(Work<T> work);

  /// StoreUnavailable when the files are no longer the ones that are written. From any thread.
  Result<void> still_there() const { return files_->still_there(); }

  /// How many transactions have been committed: whoever reads it after an acknowledgement counts
  /// that one's in. From any thread.
  std::uint64_t commits() const noexcept { return commits_.load(std::memory_order_acquire); }

  /// Refuses new jobs, finishes those that wait, ends the thread. May be called again. The
  /// connection goes with the object.
  void close();

 private:
  class Job {
   public:
    virtual ~Job() = default;
    /// nullopt, or why the transaction has to be undone.
    virtual std::optional<Error> apply(Tables& tables) = 0;
    virtual void finish(const std::optional<Error>& undone) = 0;
  };
  template <class T>
  class JobOf;
  using Jobs = std::vector<std::unique_ptr<Job>>;

  GroupCommit(Connection connection, std::size_t queue_limit);
  Result<void> enqueue(std::unique_ptr<Job> job);
  struct Undone {
    Error error;
    bool by_a_job;  ///< not by the transaction's beginning or end
  };
  void serve();
  void commit(const Jobs& jobs);
  void commit_one_by_one(const Jobs& jobs);
  std::optional<Undone> transact(std::span<const std::unique_ptr<Job>> jobs);
  static void finish(Job& job, const std::optional<Error>& undone) noexcept;

  Connection connection_;
  std::optional<Tables> tables_;        // of connection_
  std::optional<DatabaseFiles> files_;  // of connection_
  const std::size_t queue_limit_;
  std::atomic<std::uint64_t> commits_{0};

  std::mutex mutex_;
  std::condition_variable arrived_;
  Jobs queue_;           // guarded by mutex_
  bool closed_ = false;  // guarded by mutex_

  std::mutex joining_;  // close() may be called by several threads
  std::thread thread_;
};

template <class T>
Result<T> GroupCommit::run(Work<T> work) {
  // Owned by the job alone: a job that ends without a word breaks the promise, and nobody waits for
  // ever.
  auto promise = std::make_shared<std::promise<Result<T>>>();
  auto outcome = promise->get_future();
  Done<T> done = [promise = std::move(promise)](Result<T> result) {
    promise->set_value(std::move(result));
  };
  if (auto queued = submit<T>(std::move(work), std::move(done)); !queued)
    return std::move(queued).error();
  try {
    return outcome.get();
  } catch (const std::future_error& broken) {
    return make_error(ErrorCode::StoreUnavailable, {}, broken.what());
  }
}

template <class T>
class GroupCommit::JobOf final : public Job {
 public:
  JobOf(Work<T> work, Done<T> done) : work_(std::move(work)), done_(std::move(done)) {}

  std::optional<Error> apply(Tables& tables) override {
    outcome_ = work_(tables);
    if (!*outcome_ && outcome_->error().code == ErrorCode::StoreUnavailable)
      return outcome_->error();
    return std::nullopt;
  }

  void finish(const std::optional<Error>& undone) override {
    done_(undone ? Result<T>(*undone) : *std::move(outcome_));
  }

 private:
  Work<T> work_;
  Done<T> done_;
  std::optional<Result<T>> outcome_;
};

}  // namespace sitegate::sqlite
