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
  {
    const std::shared_lock lock(mutex_);  // nobody who comes in waits for a look through all
    for (const auto& [key, last_sign] : extended_) {
      const auto& session = sessions_.find(key)->second;
      const auto unused = now_ms - session.last_used.load(std::memory_order_relaxed);
      if (now_ms - last_sign >= settings_.keep_extensions.count() &&
          unused <= kAliveWhileUsedWithin && !expired(session, now_ms))
        due.push_back(session.extensions);
    }
  }
  if (due.empty())
    return due;
  const std::unique_lock lock(mutex_);
  for (const auto& extensions : due)
    if (const auto found = extended_.find(extensions->session); found != extended_.end())
      found->second = now_ms;
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

/// What these sessions have now. Owed until the store has it; what changed meanwhile stays owed.
Result<void> Sessions::write_extensions(const std::vector<std::string>& keys) {
  const std::lock_guard writing(writing_extensions_);
  std::vector<std::pair<std::string, ExtensionsPtr>> read;
  ExtensionsOfSessions rows;
  {
    const std::unique_lock lock(mutex_);
    owed_extensions_.insert(keys.begin(), keys.end());
    for (const auto& key : keys) read.emplace_back(key, extensions_of(key));
  }
  for (const auto& [key, extensions] : read)
    rows.emplace_back(key, extensions == nullptr ? std::vector<Extension>() : extensions->list);
  if (Result<void> written = store_.write_extensions(rows); !written)
    return written;
  const std::unique_lock lock(mutex_);
  for (const auto& [key, extensions] : read)
    if (extensions_of(key) == extensions)
      owed_extensions_.erase(key);
  return {};
}

ExtensionsPtr Sessions::extensions_of(const std::string& key) const {
  const auto found = sessions_.find(key);
  return found == sessions_.end() ? nullptr : found->second.extensions;
}

}  // namespace sitegate
