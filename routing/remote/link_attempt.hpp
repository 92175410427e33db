#pragma once
// One try to have a question answered on one connection to a site.

#include "routing/remote/link.hpp"
#include "routing/transport/stream.hpp"

namespace sitegate {

/// `untouched`: no octet of an answer had come, so that asking once more is harmless.
struct LinkAttempt {
  LinkOutcome outcome;
  bool untouched = false;
};

/// What it means that an operation of a stream to a site did not end well. `when` is for the log.
LinkFailure link_failure(StreamEnd end, const Stream& stream, std::string_view when);

/// The kind of an answer that is not HTTP, or larger than it may be.
LinkFailure::Kind kind_of(ErrorCode fault) noexcept;

}  // namespace sitegate
