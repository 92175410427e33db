#include "routing/remote/site_record.hpp"

#include "routing/remote/remote_protocol.hpp"

namespace sitegate {
namespace {

using Kind = LinkFailure::Kind;

// A failure in one word: code + 1 (8 bits), reason (12 bits), since (44 bits, to the year 2527).
// The reason is a status, or less than 100 and a kind of LinkFailure.
constexpr unsigned kReasonShift = 44;
constexpr unsigned kCodeShift = 56;
constexpr std::uint64_t kSince = (std::uint64_t{1} << kReasonShift) - 1;
constexpr std::uint64_t kReason = 0xFFF;
constexpr std::uint64_t kFirstStatus = 100;

std::uint64_t reason_in(std::uint64_t failure) {
  return failure >> kReasonShift & kReason;
}

/// Would a connection that stands prove the opposite?
bool is_about_connecting(std::uint64_t failure) {
  const auto reason = reason_in(failure);
  if (failure == 0 || reason >= kFirstStatus)
    return false;
  const auto kind = static_cast<Kind>(reason);
  return kind == Kind::Unresolved || kind == Kind::Refused || kind == Kind::ConnectTimeout ||
         kind == Kind::ForeignIdentity;
}

}  // namespace

void SiteRecord::answered() noexcept {
  if (failure_.load(std::memory_order_relaxed) != 0)
    failure_.store(0, std::memory_order_relaxed);
}

void SiteRecord::answered_badly(int status, ErrorCode code, std::int64_t now_ms) noexcept {
  fail(static_cast<std::uint64_t>(code), static_cast<std::uint64_t>(status), now_ms);
}

void SiteRecord::failed(Kind kind, std::int64_t now_ms) noexcept {
  if (kind != Kind::NoResources && kind != Kind::ShuttingDown)
    fail(static_cast<std::uint64_t>(error_of({kind, {}}, {}).code),
         static_cast<std::uint64_t>(kind), now_ms);
}

void SiteRecord::fail(std::uint64_t code, std::uint64_t reason, std::int64_t now_ms) noexcept {
  auto known = failure_.load(std::memory_order_relaxed);
  for (;;) {
    const auto since = known == 0 ? static_cast<std::uint64_t>(now_ms) & kSince : known & kSince;
    const auto found = (code + 1) << kCodeShift | (reason & kReason) << kReasonShift | since;
    if (found == known || failure_.compare_exchange_weak(known, found, std::memory_order_relaxed))
      return;
  }
}

void SiteRecord::connected(const CertificateInUse& certificate) {
  auto known = failure_.load(std::memory_order_relaxed);
  if (is_about_connecting(known))
    failure_.compare_exchange_strong(known, 0, std::memory_order_relaxed);
  const std::scoped_lock held(mutex_);
  if (certificate_ != certificate)
    certificate_ = certificate;
}

std::optional<SiteFailure> SiteRecord::failure() const {
  const auto known = failure_.load(std::memory_order_relaxed);
  if (known == 0)
    return std::nullopt;
  const auto reason = reason_in(known);
  return SiteFailure{static_cast<ErrorCode>((known >> kCodeShift) - 1),
                     static_cast<std::int64_t>(known & kSince),
                     reason < kFirstStatus ? std::string(proxy_error_of(static_cast<Kind>(reason)))
                                           : "received-status=" + std::to_string(reason)};
}

std::optional<CertificateInUse> SiteRecord::certificate() const {
  const std::scoped_lock held(mutex_);
  return certificate_;
}

}  // namespace sitegate
