#pragma once
// Sessions on a store that can fail, and that can do something else in the middle of a call.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

#include "auth/sessions.hpp"

namespace sitegate::test {

inline constexpr std::int64_t kNow = 1'700'000'000'000;
inline constexpr std::int64_t kSecond = 1000;
inline constexpr std::int64_t kMinute = 60 * kSecond;

class FakeStore final : public SessionStore {
 public:
  Result<std::vector<StoredSession>> load() override {
    if (failing)
      return make_error(ErrorCode::StoreUnavailable);
    std::vector<StoredSession> all;
    const std::lock_guard lock(mutex_);
    for (const auto& [key, session] : rows_) all.push_back(session);
    return all;
  }
  Result<void> insert(const StoredSession& session) override {
    if (failing)
      return make_error(ErrorCode::StoreUnavailable);
    {
      const std::lock_guard lock(mutex_);
      rows_.emplace(session.key, session);
    }
    during(during_insert);
    return {};
  }
  Result<void> remove(const std::vector<std::string>& keys) override {
    during(during_remove);
    if (failing)
      return make_error(ErrorCode::StoreUnavailable);
    const std::lock_guard lock(mutex_);
    for (const std::string& key : keys) rows_.erase(key);
    return {};
  }
  Result<void> touch(const std::vector<std::pair<std::string, std::int64_t>>& uses) override {
    during(during_touch);
    if (failing)
      return make_error(ErrorCode::StoreUnavailable);
    const std::lock_guard lock(mutex_);
    for (const auto& [key, used] : uses) {
      ++writes_;
      if (const auto found = rows_.find(key); found != rows_.end())
        found->second.last_used = used;
    }
    return {};
  }

  Result<void> write_extensions(const ExtensionsOfSessions& rows) override {
    during(during_write_extensions);
    if (failing)
      return make_error(ErrorCode::StoreUnavailable);
    const std::lock_guard lock(mutex_);
    ++extension_jobs;
    for (const auto& [key, extensions] : rows)
      if (const auto found = rows_.find(key); found != rows_.end())
        found->second.extensions = extensions;
    return {};
  }
  int extension_jobs = 0;

  std::vector<Extension> extensions(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    return rows_.at(key).extensions;
  }
  bool has(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    return rows_.contains(key);
  }
  std::int64_t last_used(const std::string& key) const { return rows_.at(key).last_used; }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return rows_.size();
  }
  std::size_t writes() const { return writes_; }
  void put(const StoredSession& session) { rows_.emplace(session.key, session); }

  bool failing = false;
  std::function<void()> during_insert, during_remove, during_touch, during_write_extensions;

 private:
  static void during(const std::function<void()>& action) {
    if (action)
      action();
  }
  mutable std::mutex mutex_;
  std::map<std::string, StoredSession> rows_;
  std::size_t writes_ = 0;
};

class SessionsTest : public ::testing::Test {
 protected:
  Opened open(const std::string& user = "root", std::int64_t now = kNow) {
    return sessions_.open(viewer(user), now).value();
  }
  /// A whole logout.
  Result<void> close(const Opened& session) {
    sessions_.end(session.key);
    return sessions_.settle();
  }
  static Viewer viewer(const std::string& user) { return {user, "System", {"EVERYONE"}}; }
  bool lives(const Opened& session, std::int64_t now = kNow) {
    return sessions_.authenticate(session.token, now).has_value();
  }

  FakeStore store_;
  SessionSettings settings_{std::chrono::minutes{30}, std::chrono::hours{24}, 3};
  Sessions sessions_{settings_, store_};
};

}  // namespace sitegate::test
