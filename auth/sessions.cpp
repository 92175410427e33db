#include "auth/sessions.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "auth/base64url.hpp"
#include "auth/digest.hpp"
#include "auth/random.hpp"
#include "contract/secrets.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kTokenOctets = 32;
constexpr std::int64_t kWriteEvery = 60'000;  // milliseconds

// Keys of failed inserts that are remembered, in case the store kept them all the same. Beyond it
// they stay until the next start: nobody has their token.
constexpr std::size_t kMaxOwedInserts = 65536;

std::string key_of(std::string_view token, ListenerKind listener) {
  return sha256(token, listener == ListenerKind::Peers ? "peers" : "");
}

template <class List>
List batch_of(const List& all, std::size_t at, std::size_t size) {
  const auto part = std::span(all).subspan(at, std::min(size, all.size() - at));
  return List(part.begin(), part.end());
}

}  // namespace

Sessions::Sessions(const SessionSettings& settings, SessionStore& store)
    : settings_(settings), store_(store) {}

Result<void> Sessions::load(
    std::int64_t now_ms, const std::function<bool(const StoredSession&)>& still_valid,
    const std::function<bool(const std::string&, const Extension&)>& still_useful) {
  SITEGATE_TRY(std::vector<StoredSession> stored, store_.load());
  const auto less_recently_used = [](const StoredSession& a, const StoredSession& b) {
    return a.last_used < b.last_used;
  };
  std::sort(stored.begin(), stored.end(), less_recently_used);
  const std::unique_lock lock(mutex_);
  for (StoredSession& session : stored) {
    const auto useless = std::erase_if(session.extensions, [&](const Extension& extension) {
      return !still_useful(session.key, extension);
    });
    add(session);
    if (useless > 0)
      owed_extensions_.insert(session.key);
    const auto added = sessions_.find(session.key);
    if (expired(added->second, now_ms) || !still_valid(session)) {
      forget(session.key);
      owed_.insert(session.key);
    } else {
      evict_beyond_limit(session.viewer.user);
    }
  }
  return {};
}

Result<Opened> Sessions::open(const Viewer& viewer, std::int64_t now_ms, std::string credential,
                              ListenerKind listener) {
  Opened opened;
  opened.token = base64url_encode(random_octets(kTokenOctets));
  opened.key = key_of(opened.token, listener);

  // The store first: until this returns nobody knows the token, so nobody can end the session
  // between the store and the memory.
  const StoredSession session{opened.key, viewer, now_ms, now_ms, std::move(credential)};
  if (const Result<void> stored = store_.insert(session); !stored) {
    const std::unique_lock lock(mutex_);
    if (owed_.size() < kMaxOwedInserts)
      owed_.insert(opened.key);
    return stored.error();
  }
  const std::unique_lock lock(mutex_);
  add(session);
  evict_beyond_limit(viewer.user);
  return opened;
}

std::optional<Principal> Sessions::authenticate(std::string_view token, std::int64_t now_ms,
                                                ListenerKind listener) {
  if (token.size() != kTokenCharacters)
    return std::nullopt;
  std::string key = key_of(token, listener);
  const std::shared_lock lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end() || expired(found->second, now_ms))
    return std::nullopt;
  Session& session = found->second;
  if (session.last_used.load(std::memory_order_relaxed) < now_ms)
    session.last_used.store(now_ms, std::memory_order_relaxed);
  return Principal{session.viewer, std::move(key), {}, {}, session.extensions};
}

void Sessions::end(const std::string& key) {
  const std::unique_lock lock(mutex_);
  forget(key);
  owed_.insert(key);
}

Result<void> Sessions::flush(std::int64_t now_ms, Uses which) {
  std::vector<std::string> gone;
  UseList uses;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [key, session] : sessions_) {
      const std::int64_t used = session.last_used.load(std::memory_order_relaxed);
      const std::int64_t known = session.written_use.load(std::memory_order_relaxed);
      const std::int64_t written_at = session.written_at.load(std::memory_order_relaxed);
      if (expired(session, now_ms))
        gone.push_back(key);
      else if (used > known && (which == Uses::All || now_ms - written_at >= kWriteEvery))
        uses.emplace_back(key, used);
    }
  }
  forget_expired(gone, now_ms);
  if (Result<void> removed = settle(); !removed)
    return removed;
  return write_uses(uses, now_ms);
}

std::size_t Sessions::size() const {
  const std::shared_lock lock(mutex_);
  return sessions_.size();
}

std::size_t Sessions::KeyHash::operator()(const std::string& key) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, key.data(), std::min(sizeof hash, key.size()));
  return hash;
}

bool Sessions::expired(const Session& session, std::int64_t now_ms) const {
  return now_ms - session.last_used.load(std::memory_order_relaxed) >= settings_.idle.count() ||
         now_ms - session.created >= settings_.lifetime.count();
}

void Sessions::add(const StoredSession& stored) {
  const auto [place, added] =
      sessions_.try_emplace(stored.key, stored.viewer, stored.created, stored.last_used);
  if (!added)
    return;
  by_user_[stored.viewer.user].push_back(&*place);
  if (!stored.extensions.empty())
    change_extensions(place, stored.extensions, 0);
}

void Sessions::forget(const std::string& key) {
  const auto found = sessions_.find(key);
  if (found == sessions_.end())
    return;
  const auto user = by_user_.find(found->second.viewer.user);
  std::erase(user->second, &*found);
  if (user->second.empty())
    by_user_.erase(user);
  extended_.erase(key);
  owed_extensions_.erase(key);
  sessions_.erase(found);
}

void Sessions::evict_beyond_limit(const std::string& user) {
  const std::size_t limit = std::max<std::size_t>(settings_.per_user, 1);
  const auto less_recently_used = [](const Node* a, const Node* b) {
    return a->second.last_used.load(std::memory_order_relaxed) <
           b->second.last_used.load(std::memory_order_relaxed);
  };
  for (const auto& mine = by_user_.at(user); mine.size() > limit;) {
    // Never the newest one, even when the clock was set back.
    const Node* victim = *std::min_element(mine.begin(), mine.end() - 1, less_recently_used);
    const std::string key = victim->first;
    owed_.insert(key);
    forget(key);
  }
}

void Sessions::forget_expired(const std::vector<std::string>& keys, std::int64_t now_ms) {
  for (std::size_t at = 0; at < keys.size();) {
    const std::unique_lock lock(mutex_);
    for (const std::size_t end = std::min(keys.size(), at + kBatch); at < end; ++at) {
      const auto found = sessions_.find(keys[at]);
      // Closed meanwhile, or used by a thread whose clock was read a little earlier than ours.
      if (found == sessions_.end() || !expired(found->second, now_ms))
        continue;
      owed_.insert(keys[at]);
      forget(keys[at]);
    }
  }
}

Result<void> Sessions::settle() {
  std::vector<std::string> keys;
  {
    const std::shared_lock lock(mutex_);
    keys.assign(owed_.begin(), owed_.end());
  }
  for (std::size_t at = 0; at < keys.size(); at += kBatch) {
    const auto batch = batch_of(keys, at, kBatch);
    if (Result<void> removed = store_.remove(batch); !removed)
      return removed;
    const std::unique_lock lock(mutex_);
    for (const std::string& key : batch) owed_.erase(key);
  }
  return settle_extensions();
}

Result<void> Sessions::write_uses(const UseList& uses, std::int64_t now_ms) {
  for (std::size_t at = 0; at < uses.size(); at += kBatch) {
    const auto batch = batch_of(uses, at, kBatch);
    // The store passes over keys that were removed since: nothing comes back by this.
    if (Result<void> touched = store_.touch(batch); !touched)
      return touched;
    const std::shared_lock lock(mutex_);
    for (const auto& [key, used] : batch) {
      const auto found = sessions_.find(key);
      if (found == sessions_.end())
        continue;
      found->second.written_use.store(used, std::memory_order_relaxed);
      found->second.written_at.store(now_ms, std::memory_order_relaxed);
    }
  }
  return {};
}

}  // namespace sitegate
