#include "gateway/finish_request.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "contract/octet_set.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kMaxPath = 1024;  // octets of it in an access line

/// What stands for itself in a JSON string, and is printable.
constexpr OctetSet kPlain([](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });

void add_name(std::string& line, std::string_view name) {
  line.append(",\"").append(name).append("\":");
}

/// Appends `,"name":"value"`, escaped; octets that are not printable ASCII as \u00XX, so that
/// nothing a stranger sent breaks a line (CHECKLIST 23).
void add(std::string& line, std::string_view name, std::string_view value) {
  add_name(line, name);
  line += '"';
  while (!value.empty()) {
    const auto plain = kPlain.prefix(value);
    line.append(value.substr(0, plain));
    value.remove_prefix(plain);
    if (value.empty())
      break;
    if (value[0] == '"' || value[0] == '\\')
      line.append({'\\', value[0]});
    else
      fmt::format_to(std::back_inserter(line), "\\u00{:02x}", static_cast<unsigned char>(value[0]));
    value.remove_prefix(1);
  }
  line += '"';
}

void add(std::string& line, std::string_view name, std::int64_t value) {
  add_name(line, name);
  std::array<char, 20> digits;
  line.append(digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr);
}

void add(std::string& line, std::string_view name, const std::optional<std::int64_t>& value) {
  if (value)
    add(line, name, *value);
}

/// RFC 3339 in UTC with milliseconds. What is the same for a second is made once in it.
void add_time(std::string& line, std::chrono::system_clock::time_point time) {
  using std::chrono::duration_cast;
  thread_local std::int64_t made_at = -1;
  thread_local std::string second;
  const auto ms = duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  if (ms / 1000 != made_at) {
    made_at = ms / 1000;
    second = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(made_at)));
  }
  const auto digit = [ms](int unit) { return static_cast<char>('0' + ms / unit % 10); };
  line.append(second).append({'.', digit(100), digit(10), digit(1), 'Z'});
}

std::string_view name_of(ListenerKind kind) {
  switch (kind) {
    case ListenerKind::Callers:
      return "callers";
    case ListenerKind::Peers:
      return "peers";
    case ListenerKind::Admin:
      return "admin";
  }
  return "callers";
}

}  // namespace

std::string access_line(const ApiRequest& request, const RequestContext& context,
                        const SentReply& sent) {
  std::string line;
  line.reserve(768);
  line.append("{\"time\":\"");
  add_time(line, context.started);
  line += '"';
  add(line, "listener", name_of(request.listener));
  add(line, "peer", request.peer_address);
  add(line, "operationID", context.operation_id);
  add(line, "requestId", context.request_id);
  if (context.caller) {
    add(line, "caller", context.caller->viewer.user);
    if (!context.caller->peer.empty())
      add(line, "statedBy", context.caller->peer);
    if (!context.caller->statement_id.empty())
      add(line, "statementId", context.caller->statement_id);
  }
  add(line, "method", printable(request.method_name));
  add(line, "path", printable(request.path, kMaxPath));
  if (const auto& site = context.trace.next_hop.empty() ? context.site : context.trace.next_hop;
      !site.empty())
    add(line, "site", site);
  if (context.trace.answered_from != AnsweredFrom::Site)
    add(line, "answeredFrom",
        context.trace.answered_from == AnsweredFrom::Kept ? "kept" : "shared");
  if (context.trace.sites_asked > 0)
    add(line, "sitesAsked", static_cast<std::int64_t>(context.trace.sites_asked));
  if (!context.trace.statement_id.empty())
    add(line, "statementMade", context.trace.statement_id);
  add(line, "status", sent.status);
  if (context.error)
    add(line, "code", traits(context.error->code).name);
  add(line, "endedBy", name_of(context.trace.ended_by));
  add(line, "phase", name_of(context.trace.phase));
  add(line, "storeUs", context.trace.store_us);
  add(line, "connectUs", context.trace.connect_us);
  add(line, "firstByteUs", context.trace.first_byte_us);
  add(line, "totalUs", microseconds_since(context.began));
  add(line, "bytes", static_cast<std::int64_t>(sent.bytes));
  if (context.error && !context.error->detail.empty())
    add(line, "detail", context.error->detail);
  line += '}';
  return line;
}

void finish_request(const ApiRequest& request, RequestContext& context, const SentReply& sent,
                    Logs& logs) {
  if (!sent.complete)
    context.trace.ended_by = EndedBy::Caller;
  else if (!context.error)
    context.trace.phase = Phase::Done;
  if (logs.wants_access())
    logs.access(access_line(request, context, sent));
  if (!context.error || traits(context.error->code).level == LogLevel::Info)
    return;
  const auto& row = traits(context.error->code);
  // Names of configured sites alone: what a caller makes up is no kind of its own.
  const auto& site = context.trace.next_hop;
  const auto where = site.empty() ? std::string() : " (site " + site + ")";
  logs.process_rarely(row.level, std::string(row.name) + where,
                      fmt::format("{}{}: {}; request {}", row.name, where,
                                  printable(context.error->detail, 512), context.request_id));
}

}  // namespace sitegate
