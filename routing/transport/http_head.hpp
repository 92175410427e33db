#pragma once
// HTTP/1.1 heads, parsed by Beast between our own checks (RFC 9112; CHECKLIST 1 to 18 and 28).
//
// Beast 1.81 lets several things pass that smuggle requests (odd Transfer-Encoding read as "no
// body", obs-fold, repeated Host; PLATFORM section 0). So a head is scanned octet by octet as it
// comes, handed to Beast whole, and what Beast made of it is judged once more. Pure: no I/O.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "contract/header_fields.hpp"
#include "contract/result.hpp"

namespace sitegate {

/// In octets, but for `fields`.
struct HeadLimits {
  std::size_t line;   ///< the first line (CHECKLIST 28)
  std::size_t field;  ///< each field
  std::size_t head;   ///< the whole head, both its ends included
  std::size_t fields;
};

/// What is wrong with a head or a body. A caller gets `code`; of a site only `what` is logged.
struct HttpFault {
  ErrorCode code = ErrorCode::BadRequest;
  std::string what;  ///< a fragment that fits the message of `code`

  Error to_error() const { return make_error(code, {what}); }
};

/// Finds the end of a head while its octets arrive, refusing early what can only be refused: bare
/// LF, bare CR, NUL, a line that begins with white space, anything over its limit.
class HeadScanner {
 public:
  struct Outcome {
    std::size_t size = 0;  ///< of the complete head, its empty line included; 0 = not yet
    std::optional<HttpFault> fault;
  };

  /// `text` is all that has come since the head began; looks at the new octets only.
  Outcome scan(std::string_view text, const HeadLimits& limits);
  void reset() noexcept { *this = {}; }

 private:
  void skip_plain(std::string_view text, const HeadLimits& limits) noexcept;

  std::size_t scanned_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t lines_ = 0;
};

/// How the content that follows a head is delimited (RFC 9112 6.3).
struct BodyFraming {
  enum class Kind : std::uint8_t { None, Length, Chunked, UntilClose };
  Kind kind = Kind::None;
  std::uint64_t length = 0;
};

struct RequestHead {
  std::string method;
  std::string path;   ///< origin form, repeated slashes collapsed, still percent-encoded; or "*"
  std::string query;  ///< without the question mark, still percent-encoded
  int minor = 1;      ///< HTTP/1.minor
  HeaderFields fields;
  BodyFraming framing;
  bool keep_alive = true;
  bool expects_continue = false;
};

/// `head` is one whole head that HeadScanner found. Fails with BadRequest, ExpectationFailed,
/// HttpVersionNotSupported; after any of these the connection closes.
Result<RequestHead> parse_request_head(std::string_view head);

/// The same rules for a head that came in another form: `target` is what a request line would hold,
/// Host is among the fields, which are taken only if it is a request. `minor` is 1 for all that is
/// later than HTTP/1.1.
Result<RequestHead> make_request_head(std::string method, std::string_view target,
                                      HeaderFields&& fields, int minor);

struct AnswerHead {
  int status = 0;
  HeaderFields fields;
  BodyFraming framing;
  bool keep_alive = true;
};

/// The same for a site's answer to a GET. Framing that RFC 9112 calls unrecoverable is a fault.
std::optional<AnswerHead> parse_answer_head(std::string_view head, HttpFault& fault);

}  // namespace sitegate
