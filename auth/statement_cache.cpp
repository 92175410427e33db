#include "auth/statement_cache.hpp"

#include "auth/digest.hpp"

namespace sitegate {

StatementCache::StatementCache(const PeerDirectory& peers, std::string local_site,
                               std::size_t capacity)
    : peers_(peers), local_site_(std::move(local_site)), capacity_(capacity) {}

Result<Principal> StatementCache::accept(std::string_view token,
                                         const ClientCertificate& certificate,
                                         std::int64_t now_seconds) {
  std::string key = sha256(token);
  key += certificate.thumbprint;
  if (const auto found = accepted_.find(key);
      found != accepted_.end() && now_seconds < found->second.expires_at)
    return found->second.principal;
  SITEGATE_TRY(AcceptedStatement accepted,
               peers_.check(token, certificate, local_site_, now_seconds));
  if (now_seconds < accepted.expires_at)
    remember(key, accepted, now_seconds);
  return std::move(accepted.principal);
}

void StatementCache::remember(const std::string& key, const AcceptedStatement& statement,
                              std::int64_t now) {
  while (!order_.empty() &&
         (order_.size() >= capacity_ || accepted_.at(order_.front()).expires_at <= now)) {
    accepted_.erase(order_.front());
    order_.pop_front();
  }
  if (accepted_.try_emplace(key, statement).second)
    order_.push_back(key);
}

}  // namespace sitegate
