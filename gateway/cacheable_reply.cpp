#include "gateway/cacheable_reply.hpp"

#include "auth/base64url.hpp"
#include "auth/digest.hpp"
#include "contract/content_coding.hpp"
#include "contract/entity_tag.hpp"
#include "gateway/gzip.hpp"
#include "gateway/replies.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kTagOctets = 16;  // of the SHA-256
// What is smaller fits into one packet either way.
constexpr std::size_t kWorthGzip = 1000;
// What is larger would keep the other connections of this worker waiting for more than 10 ms.
constexpr std::size_t kMostGzip = 512 * 1024;

bool wants_gzip(const ApiRequest& request, std::size_t size) {
  if (size > kMostGzip)
    return false;
  const auto wish = gzip_wish(request.fields.joined("Accept-Encoding"));
  return wish == GzipWish::Only || (wish == GzipWish::Yes && size >= kWorthGzip);
}

std::string entity_tag(const ApiReply& reply, bool in_gzip) {
  const auto digest = sha256(reply.body, reply.content_type);
  const auto text = base64url_encode(std::string_view(digest).substr(0, kTagOctets));
  return '"' + text + (in_gzip ? "-gzip\"" : "\"");
}

}  // namespace

ApiReply cacheable_reply(const ApiRequest& request, std::string document,
                         const RequestContext& context) {
  auto reply = task_reply(200, std::move(document), context);
  if (request.listener == ListenerKind::Peers)
    return reply;
  const bool in_gzip = wants_gzip(request, reply.body.size());
  auto tag = entity_tag(reply, in_gzip);
  if (names_entity_tag(request.fields.joined("If-None-Match"), tag)) {
    reply.status = 304;
    reply.content_type.clear();
    reply.body.clear();
  } else if (in_gzip) {
    reply.body = gzip(reply.body);
    reply.fields.emplace_back("Content-Encoding", "gzip");
  }
  reply.fields.emplace_back("ETag", std::move(tag));
  return reply;
}

}  // namespace sitegate
