#include "routing/remote/http1_exchange.hpp"

#include "routing/transport/body_decoder.hpp"
#include "routing/transport/head_limits.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kUsualRequest = 1536;  // a statement alone has 700 octets
constexpr int kMaxInterimAnswers = 8;        // 1xx before the answer (CHECKLIST 54)

std::string request_text(const SiteRequest& request, Deadline deadline) {
  std::string text;
  text.reserve(kUsualRequest + request.body.size());
  text.append(request.method);
  text.append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ").append(request.host);
  text += "\r\n";
  for (const auto& [name, value] : request.fields)
    text.append(name).append(": ").append(value).append("\r\n");
  if (!request.time_left_field.empty())
    text.append(request.time_left_field)
        .append(": ")
        .append(std::to_string(deadline.left().count()))
        .append("\r\n");
  if (!request.body.empty())
    text.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  text.append("\r\n").append(request.body);
  return text;
}

LinkAttempt fault(Stream& stream, const HttpFault& fault) {
  stream.close();
  return {LinkFailure{kind_of(fault.code), fault.what}, false};
}

Awaitable<LinkAttempt> read_body(Stream& stream, AnswerHead head, std::string& in,
                                 std::size_t max_body, const LimitSettings& limits,
                                 LookupTrace& trace) {
  trace.received_status = head.status;
  SiteAnswer answer{head.status, std::move(head.fields), {}};
  BodyDecoder decoder(head.framing, limits.chunk_extensions);
  for (;;) {
    const auto step = decoder.decode(in, answer.body, max_body);
    if (step.fault)
      co_return fault(stream, *step.fault);
    in.erase(0, step.consumed);
    if (decoder.done())
      break;
    const auto end = co_await stream.read(in);
    if (end == StreamEnd::Closed && decoder.until_close())
      break;
    if (end != StreamEnd::Ok)
      co_return LinkAttempt{link_failure(end, stream, "before its answer was whole"), false};
  }
  // Octets behind an answer would be read as the next one's: that connection ends here.
  if (!head.keep_alive || !in.empty())
    stream.close();
  co_return LinkAttempt{std::move(answer), false};
}

Awaitable<LinkAttempt> read_answer(Stream& stream, std::size_t max_body,
                                   const LimitSettings& limits, LookupTrace& trace) {
  const auto bounds = head_limits(limits);
  const auto asked = std::chrono::steady_clock::now();
  std::string in;
  HeadScanner scanner;
  for (int interim = 0;;) {
    const auto found = scanner.scan(in, bounds);
    if (found.fault)
      co_return fault(stream, *found.fault);
    if (found.size == 0) {
      const bool untouched = in.empty() && interim == 0;
      const auto end = co_await stream.read(in);
      if (end != StreamEnd::Ok)
        co_return LinkAttempt{link_failure(end, stream, "before its answer's head was whole"),
                              untouched};
      if (!trace.first_byte_us)
        trace.first_byte_us = microseconds_since(asked);
      trace.phase = Phase::Answer;
      continue;
    }
    HttpFault why;
    auto head = parse_answer_head(std::string_view(in).substr(0, found.size), why);
    if (!head)
      co_return fault(stream, why);
    in.erase(0, found.size);
    if (head->status / 100 != 1)
      co_return co_await read_body(stream, std::move(*head), in, max_body, limits, trace);
    if (head->status == 101 || ++interim > kMaxInterimAnswers)
      co_return fault(stream, {ErrorCode::BadRequest, "too many or unasked interim answers"});
    scanner.reset();
  }
}

}  // namespace

Awaitable<LinkAttempt> http1_exchange(Stream& stream, const SiteRequest& request, Deadline deadline,
                                      const LimitSettings& limits, LookupTrace& trace,
                                      Cancellation* cancellation) {
  stream.set_limit(deadline.at);
  const Cancellation::Scope scope(cancellation, stream);
  trace.phase = Phase::Send;
  stream.write(request_text(request, deadline));
  // A site may refuse us (TLS 1.3: its alert comes now) while we still send: read in any case.
  const auto sent = co_await stream.flush();
  if (sent == StreamEnd::Late || sent == StreamEnd::Stopped)
    co_return LinkAttempt{link_failure(sent, stream, "while the question was sent"), false};
  trace.phase = Phase::FirstByte;
  const auto max_body = request.max_body > 0 ? request.max_body : limits.answer_body;
  co_return co_await read_answer(stream, max_body, limits, trace);
}

}  // namespace sitegate
