// What sessions may do at other sites: the part of Sessions that changes it.

#include <algorithm>

#include "auth/sessions.hpp"

namespace sitegate {
namespace {

constexpr std::int64_t kAliveWhileUsedWithin = 30 * 60'000;  // milliseconds; CONTRACT row 50

}  // namespace

Result<ExtensionsPtr> Sessions::extend(const std::string& key, Extension extension,
                                       std::int64_t now_ms) {
  const auto site = extension.site;
  const auto sealed = extension.sealed;
  ExtensionsPtr now_there;
  {
    const std::unique_lock lock(mutex_);
    const auto found = sessions_.find(key);
    if (found == sessions_.end())
      return make_error(ErrorCode::NotAuthenticated, {}, "the session ended meanwhile");
    const auto& before = found->second.extensions;
    auto list = before == nullptr ? std::vector<Extension>() : before->list;
    std::erase_if(list, [&](const Extension& other) { return other.site == site; });
    list.push_back(std::move(extension));
    change_extensions(found, std::move(list), now_ms);
    now_there = found->second.extensions;
  }
  if (const Result<void> written = write_extensions({key}); !written) {
    shrink(key, site, &sealed);
    return written.error();
  }
  return now_there;
}

ExtensionsPtr Sessions::shrink(const std::string& key, const std::string& site,
                               const std::string* which_sealed) {
  const std::unique_lock lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end() || found->second.extensions == nullptr)
    return nullptr;
  auto list = found->second.extensions->list;
  const auto gone = std::erase_if(list, [&](const Extension& extension) {
    return extension.site == site && (which_sealed == nullptr || extension.sealed == *which_sealed);
  });
  if (gone > 0) {
    change_extensions(found, std::move(list), 0);
    owed_extensions_.insert(key);
  }
  return found->second.extensions;
}

std::vector<ExtensionsPtr> Sessions::due_for_life(std::int64_t now_ms) {
  std::vector<ExtensionsPtr> due;
  const std::unique_lock lock(mutex_);
  for (auto& [key, last_sign] : extended_) {
    const auto& session = sessions_.find(key)->second;
    const auto unused = now_ms - session.last_used.load(std::memory_order_relaxed);
    if (now_ms - last_sign < settings_.keep_extensions.count() || unused > kAliveWhileUsedWithin ||
        expired(session, now_ms))
      continue;
    last_sign = now_ms;
    due.push_back(session.extensions);
  }
  return due;
}

/// `last_sign`: of life there, unless one is known already.
void Sessions::change_extensions(SessionMap::iterator session, std::vector<Extension> list,
                                 std::int64_t last_sign) {
  const auto& key = session->first;
  if (list.empty()) {
    session->second.extensions = nullptr;
    extended_.erase(key);
    return;
  }
  session->second.extensions = std::make_shared<const Extensions>(Extensions{key, std::move(list)});
  extended_.try_emplace(key, last_sign);
}

Result<void> Sessions::settle_extensions() {
  for (;;) {
    std::vector<std::string> keys;
    {
      const std::shared_lock lock(mutex_);
      for (const auto& key : owed_extensions_)
        if (keys.size() < kBatch)
          keys.push_back(key);
    }
    if (keys.empty())
      return {};
    if (Result<void> written = write_extensions(keys); !written)
      return written;
  }
}

/// What these sessions have now, whoever waits longest; after a failure it is owed.
Result<void> Sessions::write_extensions(const std::vector<std::string>& keys) {
  const std::lock_guard writing(writing_extensions_);
  ExtensionsOfSessions rows;
  {
    const std::unique_lock lock(mutex_);
    for (const auto& key : keys) {
      owed_extensions_.insert(key);
      const auto found = sessions_.find(key);
      if (found == sessions_.end())
        continue;
      const auto& now_there = found->second.extensions;
      rows.emplace_back(key, now_there == nullptr ? std::vector<Extension>() : now_there->list);
    }
  }
  if (Result<void> written = store_.write_extensions(rows); !written)
    return written;
  const std::unique_lock lock(mutex_);
  for (const auto& [key, list] : rows) {
    const auto found = sessions_.find(key);
    const auto now_there = found == sessions_.end() ? nullptr : found->second.extensions;
    const bool is_that = now_there == nullptr ? list.empty() : now_there->list == list;
    if (is_that || found == sessions_.end())
      owed_extensions_.erase(key);
  }
  for (const auto& key : keys)
    if (!sessions_.contains(key))
      owed_extensions_.erase(key);
  return {};
}

}  // namespace sitegate
