#pragma once
// What handlers see of the wire: a request without its transport, and the reply to it. No Beast,
// no OpenSSL: HTTP/1.1 and HTTP/2 make the same ones.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "contract/async.hpp"
#include "contract/header_fields.hpp"

namespace sitegate {

/// What a listener serves (DESIGN section 6).
enum class ListenerKind : std::uint8_t { Callers, Peers, Admin };

enum class Method : std::uint8_t { Get, Head, Put, Post, Delete, Options, Patch, Trace, Unknown };

Method method_from(std::string_view name) noexcept;  // case-sensitive, RFC 9110 9.1

/// What the other side's certificate says, once its chain has been verified.
struct ClientCertificate {
  std::string thumbprint;            ///< SHA-256 over the DER form, 32 raw octets
  std::vector<std::string> san_uri;  ///< subjectAltName, type URI
  std::vector<std::string> san_dns;  ///< subjectAltName, type DNS
};

/// A request's body, read only when a handler wants it. Lives as long as the request.
class BodySource {
 public:
  virtual ~BodySource() = default;

  /// The whole body. `PayloadTooLarge` beyond `limit` octets, `BadRequest` when its framing is
  /// broken, `RequestTimeout` when it does not arrive in time; after a failure the connection
  /// ends with the answer. Call at most once.
  virtual Async<std::string> read_all(std::size_t limit) = 0;
};

struct ApiRequest {
  Method method = Method::Unknown;
  std::string method_name;  ///< as sent
  std::string path;         ///< as sent, still percent-encoded; repeated slashes collapsed
  std::string query;        ///< as sent, without the question mark
  HeaderFields fields;
  bool has_body = false;  ///< one octet or more is announced
  int http_minor = 1;     ///< 1.x

  ListenerKind listener = ListenerKind::Callers;
  std::string peer_address;                               ///< IP of the other side, no port
  const ClientCertificate* client_certificate = nullptr;  ///< on `peers` listeners
};

struct ApiReply {
  int status = 200;
  std::string content_type;  ///< empty: the reply has no content
  std::string body;
  /// All fields but Content-Type, Content-Length, Date and Connection, which the transport writes.
  /// The names are literals.
  std::vector<std::pair<std::string_view, std::string>> fields;
};

}  // namespace sitegate
