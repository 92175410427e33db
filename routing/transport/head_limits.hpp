#pragma once
// The bounds of a head as they are configured: for what callers send and for what sites answer.

#include "config/settings.hpp"
#include "routing/transport/http_head.hpp"

namespace sitegate {

inline HeadLimits head_limits(const LimitSettings& limits) noexcept {
  return {.line = limits.request_line,
          .field = limits.field,
          .head = limits.head,
          .fields = limits.head_fields};
}

}  // namespace sitegate
