#pragma once

#include <string>

#include "contract/api_message.hpp"
#include "gateway/request_context.hpp"

namespace sitegate {

/// The answer to GET or HEAD of a document that a caller may keep and ask for again (CONTRACT 0.1
/// "Caching"): 200 with its ETag, in gzip where the caller wants that and it is worth it; or 304
/// where `If-None-Match` names it. So call it with what this caller may see, and only then. Another
/// gateway (`peers`) gets the document as it is.
ApiReply cacheable_reply(const ApiRequest& request, std::string document,
                         const RequestContext& context);

}  // namespace sitegate
