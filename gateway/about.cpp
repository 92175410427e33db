// GET /diagnostics/about: which program and which gateway this is.

#include <boost/json/serialize.hpp>

#include "gateway/handlers.hpp"
#include "gateway/replies.hpp"
#include "gateway/site_documents.hpp"

namespace sitegate {

Async<ApiReply> about(const ApiRequest&, RequestContext& context, Services& services) {
  auto document = product_document(services.instance);
  document["serviceType"] = "CLOUD";
  co_return document_reply(boost::json::serialize(document), context);
}

}  // namespace sitegate
