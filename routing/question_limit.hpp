#pragma once
// How many questions to all sites one caller may have running, on all workers together: one request
// must not become many for nothing (CONTRACT 0.2 "Find anywhere").

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contract/error.hpp"

namespace sitegate {

/// TooManyRequests for a second: a question does not run for long.
inline Error too_many_questions(std::string what) {
  auto error = make_error(ErrorCode::TooManyRequests, {std::move(what)});
  error.retry_after = 1;
  return error;
}

/// Any thread. Holds an entry per caller who has a question running, and no others.
class QuestionLimit {
 public:
  explicit QuestionLimit(std::size_t per_caller) : per_caller_(per_caller) {}

  /// One running question, for as long as it lives.
  class Place {
   public:
    Place(QuestionLimit& limit, std::string caller)
        : limit_(limit), caller_(std::move(caller)), granted_(limit.enter(caller_)) {}
    ~Place() {
      if (granted_)
        limit_.leave(caller_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool granted() const noexcept { return granted_; }

   private:
    QuestionLimit& limit_;
    std::string caller_;
    bool granted_;
  };

  std::size_t callers() const {
    const std::lock_guard lock(mutex_);
    return running_.size();
  }

 private:
  bool enter(const std::string& caller) {
    const std::lock_guard lock(mutex_);
    auto& running = running_[caller];
    return running < per_caller_ && ++running > 0;
  }
  void leave(const std::string& caller) {
    const std::lock_guard lock(mutex_);
    const auto entry = running_.find(caller);
    if (--entry->second == 0)
      running_.erase(entry);
  }

  const std::size_t per_caller_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> running_;
};

}  // namespace sitegate
