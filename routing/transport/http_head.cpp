#include "routing/transport/http_head.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <limits>

#include "contract/octet_set.hpp"
#include "routing/transport/http_grammar.hpp"

namespace sitegate {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

/// What is allowed within a line wherever it stands in it (RFC 9110 5.5).
constexpr OctetSet kPlain([](char c) {
  return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t';
});

HttpFault malformed(std::string what) {
  return {ErrorCode::BadRequest, std::move(what)};
}

/// Beast's parser with the callbacks that heads need; bodies are ours (BodyDecoder).
template <bool IsRequest>
class HeadParser : public http::basic_parser<IsRequest> {
 public:
  using View = boost::beast::string_view;

  HeadParser() {
    this->header_limit(std::numeric_limits<std::uint32_t>::max());  // HeadScanner's business
    this->body_limit(boost::none);
  }

  std::string method, target;
  int version = 11;
  int status_code = 0;
  HeaderFields fields;

 private:
  static std::string_view std_view(View v) { return {v.data(), v.size()}; }

  void on_request_impl(http::verb, View verb, View uri, int v, error_code&) override {
    method = std_view(verb);
    target = std_view(uri);
    version = v;
  }
  void on_response_impl(int code, View, int v, error_code&) override {
    status_code = code;
    version = v;
  }
  void on_field_impl(http::field, View name, View value, error_code&) override {
    fields.add(std_view(name), std_view(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(View, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}
};

template <bool IsRequest>
std::optional<HttpFault> run(HeadParser<IsRequest>& parser, std::string_view head) {
  error_code error;
  const auto used = parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (error)
    return malformed("the head is not HTTP (" + error.message() + ")");
  if (used != head.size() || !parser.is_header_done())
    return malformed("the head is not HTTP (it ends too early)");
  return std::nullopt;
}

/// Content-Length: digits alone, once, within 64 bits (RFC 9112 6.3; CHECKLIST 4).
std::optional<std::uint64_t> content_length(std::string_view value) {
  std::uint64_t length = 0;
  const auto* end = value.data() + value.size();
  if (value.empty() || value.front() == '+' || value.front() == '-')
    return std::nullopt;
  const auto [at, error] = std::from_chars(value.data(), end, length);
  if (error != std::errc{} || at != end)
    return std::nullopt;
  return length;
}

/// The framing that the fields announce; `none` is what their absence means.
std::optional<HttpFault> read_framing(const HeaderFields& fields, int minor, BodyFraming& framing) {
  const auto codings = fields.count("Transfer-Encoding");
  const auto lengths = fields.count("Content-Length");
  if (codings > 0) {
    if (minor == 0)
      return malformed("Transfer-Encoding is not part of HTTP/1.0");
    if (lengths > 0)
      return malformed("Content-Length and Transfer-Encoding together");
    if (codings > 1 || !equals_ignoring_case(fields.first("Transfer-Encoding"), "chunked"))
      return malformed("Transfer-Encoding must be exactly 'chunked'");
    framing = {BodyFraming::Kind::Chunked, 0};
    return std::nullopt;
  }
  if (lengths == 0)
    return std::nullopt;
  const auto length = content_length(fields.first("Content-Length"));
  if (lengths > 1 || !length)
    return malformed("Content-Length must be given once, in digits");
  framing = {BodyFraming::Kind::Length, *length};
  if (*length == 0)
    framing.kind = BodyFraming::Kind::None;
  return std::nullopt;
}

bool wants_keep_alive(const HeaderFields& fields, int minor) {
  bool keep_alive = minor >= 1;
  const auto tokens = fields.joined("Connection");
  for_each_token(tokens, [&](std::string_view token) {
    if (equals_ignoring_case(token, "close"))
      keep_alive = false;
    else if (minor == 0 && equals_ignoring_case(token, "keep-alive"))
      keep_alive = true;
  });
  for_each_token(tokens, [&](std::string_view token) {
    if (equals_ignoring_case(token, "close"))
      keep_alive = false;
  });
  return keep_alive;
}

/// RFC 9112 2.3: is the version at the end of a request line one that is well-formed but not ours?
bool has_foreign_version(std::string_view head) {
  const auto line = head.substr(0, head.find("\r\n"));
  const auto space = line.rfind(' ');
  const auto version = space == std::string_view::npos ? line : line.substr(space + 1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return version.size() == 8 && version.substr(0, 5) == "HTTP/" && digit(version[5]) &&
         version[6] == '.' && digit(version[7]) && version != "HTTP/1.0" && version != "HTTP/1.1";
}

/// Splits the target into path and query (RFC 9112 3.2); an authority in it is judged by grammar,
/// used for nothing and never dialled (CHECKLIST 12).
std::optional<HttpFault> split_target(std::string_view target, RequestHead& head) {
  if (target.empty())
    return malformed("the target must be a path");
  if (target == "*") {
    if (head.method != "OPTIONS")
      return malformed("the target '*' is for OPTIONS alone");
    head.path = "*";
    return std::nullopt;
  }
  if (target.front() != '/') {
    const auto scheme = target.find("://");
    const auto name = target.substr(0, scheme == std::string_view::npos ? 0 : scheme);
    if (!equals_ignoring_case(name, "https") && !equals_ignoring_case(name, "http"))
      return malformed("the target must be a path");
    target.remove_prefix(scheme + 3);
    const auto end = std::min(target.find_first_of("/?"), target.size());
    if (!is_host_and_port(target.substr(0, end)))
      return malformed("the target's authority is not valid");
    target.remove_prefix(end);
  }
  if (!is_target_text(target))
    return malformed("the target holds an octet or escape that is not allowed");
  const auto mark = target.find('?');
  if (mark != std::string_view::npos)
    head.query = target.substr(mark + 1);
  head.path = collapse_slashes(target.substr(0, mark));
  if (head.path.empty())
    head.path = "/";
  return std::nullopt;
}

std::optional<HttpFault> check_host(const HeaderFields& fields, int minor) {
  const auto hosts = fields.count("Host");
  if (hosts == 0 && minor == 0)
    return std::nullopt;
  if (hosts != 1)
    return malformed("exactly one Host field is needed");
  if (!is_host_and_port(fields.first("Host")))
    return malformed("Host must be a name or address, with or without a port");
  return std::nullopt;
}

}  // namespace

HeadScanner::Outcome HeadScanner::scan(std::string_view text, const HeadLimits& limits) {
  for (; scanned_ < text.size(); ++scanned_) {
    if (scanned_ > line_begin_ && text[scanned_ - 1] != '\r')
      skip_plain(text, limits);
    if (scanned_ == text.size())
      break;
    if (scanned_ >= limits.head)
      return {0, HttpFault{ErrorCode::HeadersTooLarge,
                           "more than " + std::to_string(limits.head) + " octets in all"}};
    const char c = text[scanned_];
    if (lines_ == 0 && scanned_ - line_begin_ >= limits.line)
      return {0, HttpFault{ErrorCode::UriTooLong, std::to_string(limits.line)}};
    if (lines_ > 0 && scanned_ - line_begin_ >= limits.field)
      return {0, HttpFault{ErrorCode::HeadersTooLarge,
                           "a field of more than " + std::to_string(limits.field) + " octets"}};
    const bool after_cr = scanned_ > 0 && text[scanned_ - 1] == '\r';
    if (after_cr && c != '\n')
      return {0, malformed("a CR without its LF")};
    if (c == '\n') {
      if (!after_cr)
        return {0, malformed("a line that ends in LF alone")};
      const bool empty = scanned_ - line_begin_ == 1;
      line_begin_ = scanned_ + 1;
      if (empty && lines_ > 0)
        return {++scanned_, std::nullopt};
      if (empty)
        return {0, malformed("an empty request line")};
      if (++lines_ > limits.fields + 1)
        return {0, HttpFault{ErrorCode::HeadersTooLarge,
                             "more than " + std::to_string(limits.fields) + " fields"}};
    } else if (scanned_ == line_begin_ && (c == ' ' || c == '\t')) {
      return {0, malformed("a line that begins with white space")};
    } else if (!kPlain.has(c) && c != '\r') {
      return {0, malformed("a control character")};
    }
  }
  return {};
}

/// Passes over what needs no look of its own, up to the first limit.
void HeadScanner::skip_plain(std::string_view text, const HeadLimits& limits) noexcept {
  const auto of_line = line_begin_ + (lines_ == 0 ? limits.line : limits.field);
  const auto end = std::min({text.size(), limits.head, of_line});
  if (scanned_ < end)
    scanned_ += kPlain.prefix(text.substr(scanned_, end - scanned_));
}

Result<RequestHead> parse_request_head(std::string_view text) {
  if (has_foreign_version(text))
    return make_error(ErrorCode::HttpVersionNotSupported);
  HeadParser<true> parser;
  if (const auto fault = run(parser, text))
    return fault->to_error();
  return make_request_head(std::move(parser.method), parser.target, std::move(parser.fields),
                           parser.version % 10);
}

Result<RequestHead> make_request_head(std::string method, std::string_view target,
                                      HeaderFields&& fields, int minor) {
  RequestHead head;
  head.method = std::move(method);
  head.minor = minor;
  if (const auto fault = split_target(target, head))
    return fault->to_error();
  if (const auto fault = check_host(fields, head.minor))
    return fault->to_error();
  if (const auto fault = read_framing(fields, head.minor, head.framing))
    return fault->to_error();
  head.keep_alive = wants_keep_alive(fields, head.minor);
  if (head.minor >= 1 && fields.count("Expect") > 0) {
    const auto expectation = fields.joined("Expect");
    if (!equals_ignoring_case(expectation, "100-continue"))
      return make_error(ErrorCode::ExpectationFailed, {printable(expectation)});
    head.expects_continue = true;
  }
  head.fields = std::move(fields);
  return head;
}

std::optional<AnswerHead> parse_answer_head(std::string_view text, HttpFault& fault) {
  HeadParser<false> parser;
  if (auto found = run(parser, text)) {
    fault = std::move(*found);
    return std::nullopt;
  }
  AnswerHead head;
  head.status = parser.status_code;
  if (head.status < 100) {  // three digits to Beast, a status to nobody
    fault = malformed("a status below 100");
    return std::nullopt;
  }
  head.fields = std::move(parser.fields);
  const int minor = parser.version % 10;
  const bool bodiless = head.status / 100 == 1 || head.status == 204 || head.status == 304;
  head.framing.kind = BodyFraming::Kind::UntilClose;
  if (auto found = read_framing(head.fields, minor, head.framing)) {
    fault = std::move(*found);
    return std::nullopt;
  }
  if (bodiless)
    head.framing = {};
  head.keep_alive =
      wants_keep_alive(head.fields, minor) && head.framing.kind != BodyFraming::Kind::UntilClose;
  return head;
}

}  // namespace sitegate
