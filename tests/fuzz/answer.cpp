// What a remote site sends: heads, body and document. An input that does not begin with `HTTP/` is
// the body of a whole 200, so that documents are reached without a head around them.

#include "contract/json_scan.hpp"
#include "routing/remote/list_protocol.hpp"
#include "routing/remote/remote_protocol.hpp"
#include "routing/transport/body_decoder.hpp"
#include "tests/fuzz/json_oracle.hpp"

namespace sitegate::fuzz {
namespace {

constexpr HeadLimits kHeadLimits{.line = 256, .field = 256, .head = 768, .fields = 12};
constexpr std::size_t kBodyLimit = 4096;
constexpr std::size_t kMaxDepth = 8;
constexpr std::string_view kId = "f61d60d2-698a-46dc-a266-88df27644956";

void check_document(const std::string& document, const SiteAnswer& answer) {
  require(answer.status == 200, "documents come with a 200");
  require(document == answer.body, "relayed octet for octet");
  const auto object = object_of(document, kMaxDepth);
  require(object.has_value(), "what is relayed is an object to Boost.JSON");
  require(sqlite_takes(document), "what is relayed is JSON to SQLite");
  require(TaskId::parse(text_member(*object, "id")) == TaskId::parse(kId),
          "it is the task asked for");
}

void check_error(const Error& error) {
  require(traits(error.code).status >= 400, "a failure");
  for (const auto& arg : error.args)
    require(arg == "site2" || arg == kId, "no word of the site's own");
  require(error.hops.size() <= 8, "few hops");
  for (const auto& hop : error.hops)
    require(hop.size() < 128 && hop.find(": ") != std::string::npos && printable(hop) == hop,
            "hops");
  require(error.retry_after >= 0 && error.retry_after <= 60, "a bounded Retry-After");
}

/// The same answer, had it been a list that was asked for.
void judge_list(const SiteAnswer& answer) {
  const TaskQuery query{.limit = 3, .offset = 5};
  const auto page = read_list_answer("site2", query, answer, {.depth = kMaxDepth}, false);
  if (!page) {
    const Error error = page.error();
    require(traits(error.code).status >= 400, "a failure");
    for (const auto& arg : error.args) require(printable(arg) == arg, "args are printable");
    return;
  }
  require(page->documents.size() <= query.limit, "no more than was asked for");
  const auto seen = static_cast<std::int64_t>(query.offset + page->documents.size());
  require(page->documents.empty() ? page->total <= seen : page->total >= seen, "paging ends");
  for (const auto& document : page->documents) {
    const auto object = object_of(document, kMaxDepth);
    require(object.has_value(), "an item is an object to Boost.JSON");
    require(TaskId::parse(text_member(*object, "id")).has_value(), "with an id");
    require(text_member(*object, "state") != "QUEUED", "QUEUED is replaced");
  }
}

void judge(const SiteAnswer& answer) {
  judge_list(answer);
  const auto id = *TaskId::parse(kId);
  const auto as_sent = read_lookup_answer("site2", id, answer, {.depth = kMaxDepth}, true);
  const auto shown = read_lookup_answer("site2", id, answer, {.depth = kMaxDepth}, false);
  require(as_sent.has_value() == shown.has_value(), "QUEUED is no reason to refuse");
  if (!as_sent) {
    check_error(as_sent.error());
    return;
  }
  check_document(as_sent->document, answer);
  auto theirs = *object_of(as_sent->document, kMaxDepth);
  const auto state = text_member(theirs, "state");
  require(as_sent->finished == (state == "SUCCEEDED" || state == "FAILED"), "finished is final");
  if (shown->document == as_sent->document)
    return;
  require(state == "QUEUED", "only QUEUED is replaced");
  theirs["state"] = "RUNNING";
  require(object_of(shown->document, kMaxDepth) == theirs, "and by RUNNING, and nothing else");
}

/// Reads as http1_exchange does. What came of it, in one line; the answer when there is one.
class Reader {
 public:
  void arrive(std::string_view piece) {
    in_ += piece;
    while (outcome_.empty() && (decoder_ ? read_body() : read_head())) {
    }
  }
  std::string finish() {
    if (outcome_.empty())
      outcome_ = decoder_ && decoder_->until_close() ? "whole at the end" : "cut";
    return outcome_ + ' ' + std::to_string(answer_.status) + ' ' + answer_.body;
  }
  bool whole() const { return outcome_.starts_with("whole"); }
  const SiteAnswer& answer() const { return answer_; }

 private:
  bool end(std::string outcome) {
    outcome_ = std::move(outcome);
    return false;
  }

  bool read_head() {
    const auto found = scanner_.scan(in_, kHeadLimits);
    if (found.fault)
      return end(found.fault->what);
    if (found.size == 0)
      return false;
    HttpFault fault;
    auto head = parse_answer_head(std::string_view(in_).substr(0, found.size), fault);
    require(head.has_value() == fault.what.empty(), "a head or a fault");
    if (!head)
      return end(fault.what);
    in_.erase(0, found.size);
    scanner_.reset();
    require(head->status >= 100 && head->status <= 999, "three digits");
    if (head->status / 100 == 1)
      return true;
    answer_ = {head->status, std::move(head->fields), {}};
    decoder_.emplace(head->framing, 64);
    return true;
  }

  bool read_body() {
    const auto step = decoder_->decode(in_, answer_.body, kBodyLimit);
    require(answer_.body.size() <= kBodyLimit, "a body within its limit");
    in_.erase(0, step.consumed);
    if (step.fault)
      return end(step.fault->what);
    return decoder_->done() ? end("whole") : false;
  }

  std::string in_, outcome_;
  HeadScanner scanner_;
  std::optional<BodyDecoder> decoder_;
  SiteAnswer answer_;
};

}  // namespace
}  // namespace sitegate::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sitegate::fuzz;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  if (!octets.starts_with("HTTP/")) {
    judge({200, {}, std::string(octets)});
    return 0;
  }
  require_same_in_pieces(data, size, [](const auto& pieces) {
    Reader reader;
    for (const auto piece : pieces) reader.arrive(piece);
    auto outcome = reader.finish();
    if (reader.whole())
      judge(reader.answer());
    return outcome;
  });
  return 0;
}
