#include "routing/remote/link_attempt.hpp"

namespace sitegate {

using Kind = LinkFailure::Kind;

LinkFailure link_failure(StreamEnd end, const Stream& stream, std::string_view when) {
  const std::string detail(when);
  switch (end) {
    case StreamEnd::Late:
      return {Kind::Late, "its time was over " + detail};
    case StreamEnd::Stopped:
      return {Kind::ShuttingDown, detail};
    case StreamEnd::TlsFailed:
      break;
    default:
      return {Kind::Cut, "it ended the connection " + detail};
  }
  const auto failure = stream.tls_failure().value_or(TlsFailure{});
  if (failure.kind == TlsFailure::Kind::PeerCertificate)
    return {Kind::ForeignIdentity, failure.detail};
  if (failure.certificate_alert)
    return {Kind::IdentityRejected, failure.detail};
  return {Kind::TlsBroken, failure.detail};
}

LinkFailure::Kind kind_of(ErrorCode fault) noexcept {
  switch (fault) {
    case ErrorCode::PayloadTooLarge:
      return Kind::BodyTooLarge;
    case ErrorCode::UriTooLong:
    case ErrorCode::HeadersTooLarge:
      return Kind::HeadTooLarge;
    default:
      return Kind::Malformed;
  }
}

}  // namespace sitegate
