#include "routing/remote/remote_protocol.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <optional>

#include "contract/json_scan.hpp"
#include "contract/secrets.hpp"
#include "contract/site_name.hpp"
#include "routing/remote/via.hpp"

namespace sitegate {
namespace {

using enum ErrorCode;

// A site's ApiError is small; a larger body is not read as one.
constexpr std::size_t kMaxErrorBody = 64 * 1024;
constexpr std::size_t kMaxHops = 8;
constexpr std::size_t kMaxArgs = 8;
constexpr std::size_t kUsualFields = 6;
constexpr int kMaxRetryAfter = 60;     // seconds, CONTRACT 0.3
constexpr int kDefaultRetryAfter = 5;  // seconds, for a site that cannot be reached

/// A line `site: Code` and nothing else. The code is one of the table's: a class name is a site
/// name by its letters, and `java.lang.Error: timeout` is no hop. A token is one by its letters
/// too.
bool is_hop(std::string_view line) {
  const auto colon = line.find(": ");
  if (colon == std::string_view::npos || !is_site_name(line.substr(0, colon)))
    return false;
  if (without_secrets(line) != line)
    return false;
  const auto known = all_error_traits();
  return std::any_of(known.begin(), known.end(),
                     [code = line.substr(colon + 2)](const auto& row) { return row.name == code; });
}

std::vector<std::string> hops_of(std::string_view stacktrace) {
  std::vector<std::string> hops;
  while (!stacktrace.empty() && hops.size() < kMaxHops) {
    const auto end = stacktrace.find('\n');
    const auto line = stacktrace.substr(0, end);
    if (is_hop(line))
      hops.emplace_back(line);
    stacktrace.remove_prefix(end == std::string_view::npos ? stacktrace.size() : end + 1);
  }
  return hops;
}

Error site_error(ErrorCode code, std::string_view site, std::string detail, int retry_after = 0) {
  auto error = make_error(code, {std::string(site)}, std::move(detail));
  error.retry_after = retry_after;
  return error;
}

int retry_after_of(const HeaderFields& fields) {
  const auto text = fields.first("Retry-After");
  int seconds = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::result_out_of_range)
    return kMaxRetryAfter;
  if (error != std::errc{} || at != text.data() + text.size() || seconds < 1)
    return kDefaultRetryAfter;
  return std::min(seconds, kMaxRetryAfter);
}

constexpr std::string_view kQueued = "QUEUED";

struct TaskState {
  std::size_t queued_at = std::string::npos;  ///< where it says QUEUED; npos: it does not
  bool finished = false;
};

/// A 200: complete JSON, an object, the id that was asked for, in one pass without a tree.
std::optional<std::string> why_not_the_task(const SiteAnswer& answer, const TaskId& id,
                                            const JsonLimits& limits, TaskState& state) {
  if (is_encoded(answer))
    return "it is encoded, which was not asked for";
  bool right_id = false;
  bool escaped_state = false;
  const auto fault = scan_json_object(answer.body, limits, [&](const JsonMember& member) {
    if (member.kind != JsonKind::String)
      return;
    if (member.path == "id")
      right_id = TaskId::parse(member.text) == id;
    if (member.path != "state")
      return;
    state.finished = member.text == "SUCCEEDED" || member.text == "FAILED";
    if (member.text == kQueued) {
      state.queued_at = member.offset;
      escaped_state = member.offset == std::string::npos;
    }
  });
  if (fault)
    return "it is not a JSON object: " + fault->what;
  if (!right_id)
    return "it is not the task that was asked for";
  if (escaped_state)
    return "its state is written with escapes";
  return std::nullopt;
}

Error read_not_found(std::string_view site, const TaskId& id, const SiteAnswer& answer) {
  auto foreign = read_foreign_error(answer.body);
  if (!foreign)
    return site_error(SiteProtocolError, site, "404 without an ApiError");
  if (foreign->code == "TaskNotFound") {
    auto error = make_error(TaskNotFound, {id.to_string()});
    error.hops = std::move(foreign->hops);
    // The site's own line, when it did not write one of the shape that we take.
    if (error.hops.empty())
      error.hops.push_back(std::string(site) + ": TaskNotFound");
    return error;
  }
  if (foreign->code == "SiteNotFound")
    return site_error(SiteProtocolError, site,
                      "it does not answer to the name we call it: check remote_name");
  return site_error(SiteProtocolError, site, "404 with code " + foreign->code);
}

}  // namespace

std::optional<ForeignError> read_foreign_error(const std::string& body) {
  if (body.size() > kMaxErrorBody)
    return std::nullopt;
  boost::system::error_code error;
  const auto value = boost::json::parse(body, error);
  const auto* object = error ? nullptr : value.if_object();
  if (object == nullptr)
    return std::nullopt;
  const auto* code = object->if_contains("code");
  if (code == nullptr || !code->is_string())
    return std::nullopt;
  ForeignError foreign;
  foreign.code = printable(std::string_view(code->get_string()));
  if (const auto* args = object->if_contains("args"); args && args->is_array())
    for (const auto& arg : args->get_array())
      if (arg.is_string() && foreign.args.size() < kMaxArgs)
        foreign.args.push_back(printable(std::string_view(arg.get_string())));
  if (const auto* trace = object->if_contains("stacktrace"); trace && trace->is_string())
    foreign.hops = hops_of(trace->get_string());
  return foreign;
}

Error read_site_failure(std::string_view site, const SiteAnswer& answer) {
  switch (answer.status) {
    case 401:
    case 403:
      return site_error(RemoteAuthenticationFailure, site,
                        "it answered " + std::to_string(answer.status));
    case 429:
    case 503:
      return site_error(SiteUnavailable, site, "it answered " + std::to_string(answer.status),
                        retry_after_of(answer.fields));
    case 504:
      return site_error(SiteTimeout, site, "it answered 504");
    case 508:
      return site_error(LoopDetected, site, "it answered 508");
    default:
      return site_error(SiteProtocolError, site, "it answered " + std::to_string(answer.status));
  }
}

Error discarded(std::string_view site, std::string why) {
  return site_error(SiteProtocolError, site, "its 200 was discarded: " + std::move(why));
}

void add_statement(SiteRequest& request, std::string_view statement) {
  request.fields.emplace_back("Sitegate-Statement", statement);
}

bool is_encoded(const SiteAnswer& answer) {
  const auto coding = answer.fields.first("Content-Encoding");
  return !coding.empty() && !equals_ignoring_case(coding, "identity");
}

SiteRequest site_request(std::string_view host, std::string_view local_site,
                         std::string_view operation_id) {
  SiteRequest request;
  request.host = host;
  request.fields.reserve(kUsualFields);
  request.fields.emplace_back("Accept", "application/json");
  request.fields.emplace_back("operationID", operation_id);
  request.fields.emplace_back("Via", "1.1 " + gateway_pseudonym(local_site));
  request.time_left_field = "Sitegate-Deadline-Ms";
  return request;
}

SiteRequest lookup_request(const LookupRequest& lookup) {
  auto request = site_request(lookup.host, lookup.local_site, lookup.operation_id);
  request.target = "/tasks/" + lookup.id.to_string() + "?site=" + std::string(lookup.remote_name);
  return request;
}

Result<SiteTask> read_lookup_answer(std::string_view site, const TaskId& id, SiteAnswer answer,
                                    const JsonLimits& limits, bool shows_queued) {
  if (answer.status != 200) {
    auto error =
        answer.status == 404 ? read_not_found(site, id, answer) : read_site_failure(site, answer);
    if (error.hops.empty() && answer.status >= 400)
      if (auto foreign = read_foreign_error(answer.body))
        error.hops = std::move(foreign->hops);
    return error;
  }
  TaskState state;
  if (const auto why = why_not_the_task(answer, id, limits, state))
    return discarded(site, *why);
  if (state.queued_at != std::string::npos && !shows_queued)
    answer.body.replace(state.queued_at, kQueued.size(), "RUNNING");
  return SiteTask{std::move(answer.body), state.finished};
}

Error error_of(const LinkFailure& failure, std::string_view site) {
  using Kind = LinkFailure::Kind;
  switch (failure.kind) {
    case Kind::Unresolved:
    case Kind::Refused:
      return site_error(SiteUnavailable, site, failure.detail, kDefaultRetryAfter);
    case Kind::ConnectTimeout:
    case Kind::Late:
      return site_error(SiteTimeout, site, failure.detail);
    case Kind::ForeignIdentity:
    case Kind::IdentityRejected:
      return site_error(RemoteAuthenticationFailure, site, failure.detail);
    case Kind::TlsBroken:
    case Kind::Cut:
    case Kind::Malformed:
    case Kind::HeadTooLarge:
    case Kind::BodyTooLarge:
      return site_error(SiteProtocolError, site, failure.detail);
    case Kind::NoResources:
      return make_error(Overloaded, {"connections to sites"}, failure.detail);
    case Kind::ShuttingDown:
      return make_error(ShuttingDown, {}, failure.detail);
  }
  return make_error(GeneralServerFailure, {}, failure.detail);
}

bool ended_by_site(LinkFailure::Kind kind) noexcept {
  using Kind = LinkFailure::Kind;
  return kind == Kind::Refused || kind == Kind::IdentityRejected || kind == Kind::TlsBroken ||
         kind == Kind::Cut;
}

std::string_view proxy_error_of(LinkFailure::Kind kind) noexcept {
  using Kind = LinkFailure::Kind;
  switch (kind) {
    case Kind::Unresolved:
      return "dns_error";
    case Kind::Refused:
      return "connection_refused";
    case Kind::ConnectTimeout:
      return "connection_timeout";
    case Kind::ForeignIdentity:
      return "tls_certificate_error";
    case Kind::IdentityRejected:
      return "tls_alert_received";
    case Kind::TlsBroken:
      return "tls_protocol_error";
    case Kind::Cut:
      return "http_response_incomplete";
    case Kind::Malformed:
      return "http_protocol_error";
    case Kind::HeadTooLarge:
      return "http_response_header_section_size";
    case Kind::BodyTooLarge:
      return "http_response_body_size";
    case Kind::Late:
      return "http_response_timeout";
    case Kind::NoResources:
    case Kind::ShuttingDown:
      return "proxy_internal_error";
  }
  return "proxy_internal_error";
}

std::string_view proxy_error_of_answer(const Error& error) noexcept {
  return error.code == SiteProtocolError ? "http_protocol_error" : std::string_view{};
}

}  // namespace sitegate
