#include "routing/lookup.hpp"

namespace sitegate {

std::string_view name_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::Head:
      return "head";
    case Phase::Authentication:
      return "authentication";
    case Phase::Body:
      return "body";
    case Phase::Parameters:
      return "parameters";
    case Phase::Routing:
      return "routing";
    case Phase::Store:
      return "store";
    case Phase::Connect:
      return "connect";
    case Phase::TlsHandshake:
      return "tls_handshake";
    case Phase::Send:
      return "send";
    case Phase::FirstByte:
      return "first_byte";
    case Phase::Answer:
      return "answer";
    case Phase::Reply:
      return "reply";
    case Phase::Done:
      return "done";
  }
  return "done";
}

std::string_view name_of(EndedBy who) noexcept {
  switch (who) {
    case EndedBy::Gateway:
      return "gateway";
    case EndedBy::Site:
      return "site";
    case EndedBy::Caller:
      return "caller";
  }
  return "gateway";
}

}  // namespace sitegate
