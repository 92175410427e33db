// GET /openapi.yaml

#include "gateway/handlers.hpp"
#include "gateway/replies.hpp"

namespace sitegate {

Async<ApiReply> show_document(const ApiRequest&, RequestContext&, Services&) {
  co_return document_reply();
}

}  // namespace sitegate
