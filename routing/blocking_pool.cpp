#include "routing/blocking_pool.hpp"

namespace sitegate {

BlockingPool::BlockingPool(std::string what, std::size_t threads, std::size_t waiting)
    : what_(std::move(what)), free_(threads + waiting) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

void BlockingPool::close() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  more_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable())
      thread.join();
}

bool BlockingPool::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || free_ == 0)
      return false;
    jobs_.push_back(std::move(job));
    --free_;
  }
  more_.notify_one();
  return true;
}

void BlockingPool::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    more_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty())
      return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    try {
      job();
    } catch (const std::exception&) {
      // No memory to bring the outcome back: who waits for it is told when the deadline passes.
    }
    job = nullptr;
    lock.lock();
    ++free_;
  }
}

}  // namespace sitegate
