#pragma once
// How often and how much at once a caller may try to log in at other sites (POST /sessions/extend).

#include <algorithm>

#include "auth/login_limiter.hpp"
#include "config/settings.hpp"
#include "routing/question_limit.hpp"

namespace sitegate {

/// One for the process. Failures count for the caller here, whoever he says to be there, and half
/// as many as at this site's own logins are too many: so he is stopped here before the other site,
/// to which all callers of this one are one address, stops them all.
struct ExtendLimits {
  static constexpr std::size_t kAtOnce = 4;  // of one caller: guesses that pass at the same time

  explicit ExtendLimits(const LimitSettings& limits)
      : failures(std::max<std::size_t>(limits.login_failures_per_user / 2, 1),
                 std::max<std::size_t>(limits.login_failures_per_address / 2, 1)),
        running(kAtOnce) {}

  LoginLimiter failures;
  QuestionLimit running;
};

}  // namespace sitegate
