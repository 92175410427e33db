#include "gateway/caller_side.hpp"

namespace sitegate {

ApiRequest CallerSide::make_request(RequestHead& head) const {
  ApiRequest request;
  request.method = method_from(head.method);
  request.method_name = std::move(head.method);
  request.path = std::move(head.path);
  request.query = std::move(head.query);
  request.fields = std::move(head.fields);
  request.has_body = head.framing.kind != BodyFraming::Kind::None;
  request.http_minor = head.minor;
  request.listener = entrance.listener;
  request.peer_address = entrance.peer_address;
  request.client_certificate = certificate.get();
  return request;
}

}  // namespace sitegate
