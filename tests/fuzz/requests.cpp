// What a caller sends on one connection: heads and bodies, one request behind another. Whatever the
// pieces are in which it arrives, it means the same; and what is taken as a request is one to any
// other reader as well.

#include "routing/transport/body_decoder.hpp"
#include "routing/transport/http_grammar.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace sitegate::fuzz {
namespace {

constexpr HeadLimits kHeadLimits{.line = 256, .field = 256, .head = 768, .fields = 12};
constexpr std::size_t kBodyLimit = 512;
constexpr std::size_t kExtensionLimit = 64;

std::string text_of(const RequestHead& head) {
  std::string text = head.method + ' ' + head.path + '?' + head.query + " HTTP/1." +
                     std::to_string(head.minor) + (head.keep_alive ? " keep" : " close") +
                     (head.expects_continue ? " continue " : " ") +
                     std::to_string(static_cast<int>(head.framing.kind)) + ' ' +
                     std::to_string(head.framing.length) + '\n';
  for (std::size_t i = 0; i < head.fields.size(); ++i)
    text.append(head.fields.name(i)).append(": ").append(head.fields.value(i)) += '\n';
  return text;
}

/// The head as we understood it, written plainly: the next reader must understand the same.
std::string plain_form(const RequestHead& head) {
  std::string text = head.method + ' ' + head.path + (head.query.empty() ? "" : "?" + head.query) +
                     " HTTP/1." + std::to_string(head.minor) + "\r\n";
  for (std::size_t i = 0; i < head.fields.size(); ++i)
    text.append(head.fields.name(i)).append(": ").append(head.fields.value(i)).append("\r\n");
  return text + "\r\n";
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

void check(const RequestHead& head) {
  const auto codings = head.fields.count("Transfer-Encoding");
  const auto lengths = head.fields.count("Content-Length");
  require(codings + lengths <= 1, "one framing at most");
  require((head.framing.kind == BodyFraming::Kind::Chunked) == (codings == 1),
          "chunked if it says so");
  require(head.framing.kind != BodyFraming::Kind::UntilClose,
          "no request ends with its connection");
  require(head.fields.count("Host") == 1 || head.minor == 0, "one Host");
  require(head.path == "*" || head.path.starts_with('/'), "a path");
  require(head.path.find("//") == std::string::npos, "slashes are collapsed");
  require(is_target_text(head.path) && is_target_text(head.query),
          "nothing but what a target may hold");
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    require(!head.fields.name(i).empty(), "fields have names");
    require(!has_control_character(head.fields.name(i)), "no control character in a name");
    require(!has_control_character(head.fields.value(i)), "no control character in a value");
  }
  const auto plain = plain_form(head);
  HeadScanner scanner;
  const auto found =
      scanner.scan(plain, {plain.size(), plain.size(), plain.size(), head.fields.size()});
  require(found.size == plain.size(), "the plain form is one whole head");
  const auto again = parse_request_head(plain);
  require(again && text_of(*again) == text_of(head), "the plain form means the same");
}

/// One chunk with all of the content means what many pieces meant.
void check_content(const std::string& content) {
  char size[24];
  std::snprintf(size, sizeof size, "%zx", content.size());
  auto chunks = std::string(size) + "\r\n" + content + "\r\n";
  if (content.empty())
    chunks.clear();
  BodyDecoder decoder({BodyFraming::Kind::Chunked, 0}, 0);
  std::string again;
  const auto step = decoder.decode(chunks + "0\r\n\r\nGET", again, kBodyLimit);
  require(!step.fault && decoder.done() && again == content, "content is content");
  require(step.consumed == chunks.size() + 5, "a body takes no octet of what follows");
}

/// A connection as CallerConnection reads it, with a transcript in place of handlers.
class Connection {
 public:
  void arrive(std::string_view piece) {
    if (over_)
      return;
    in_ += piece;
    while (!over_ && (decoder_ ? read_body() : read_head())) {
    }
  }
  const std::string& transcript() const { return transcript_; }

 private:
  void refuse(const Error& error) {
    transcript_.append(traits(error.code).name).append(": ").append(message_of(error));
    over_ = true;
  }

  bool read_head() {
    const auto found = scanner_.scan(in_, kHeadLimits);
    if (found.fault)
      refuse(found.fault->to_error());
    if (found.size == 0)
      return false;
    auto head = parse_request_head(std::string_view(in_).substr(0, found.size));
    if (!head) {
      refuse(head.error());
      return false;
    }
    check(*head);
    transcript_ += text_of(*head);
    keep_alive_ = head->keep_alive;
    in_.erase(0, found.size);
    scanner_.reset();
    content_.clear();
    decoder_.emplace(head->framing, kExtensionLimit);
    return true;
  }

  bool read_body() {
    const auto step = decoder_->decode(in_, content_, kBodyLimit);
    require(content_.size() <= kBodyLimit, "a body within its limit");
    in_.erase(0, step.consumed);
    if (step.fault)
      refuse(step.fault->to_error());
    if (step.fault || !decoder_->done())
      return false;
    check_content(content_);
    transcript_ += "[" + content_ + "]\n";
    decoder_.reset();
    over_ = !keep_alive_;
    return true;
  }

  std::string in_, content_, transcript_;
  HeadScanner scanner_;
  std::optional<BodyDecoder> decoder_;
  bool keep_alive_ = true;
  bool over_ = false;
};

}  // namespace
}  // namespace sitegate::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sitegate::fuzz;
  require_same_in_pieces(data, size, [](const auto& pieces) {
    Connection connection;
    for (const auto piece : pieces) connection.arrive(piece);
    return connection.transcript();
  });
  return 0;
}
