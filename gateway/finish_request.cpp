#include "gateway/finish_request.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace sitegate {
namespace {

constexpr std::size_t kMaxPath = 1024;  // octets of it in an access line

/// Appends `,"name":"value"`, escaped; octets that are not printable ASCII as \u00XX, so that
/// nothing a stranger sent breaks a line (CHECKLIST 23).
void add(std::string& line, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(line), ",\"{}\":\"", name);
  for (const char c : value) {
    if (c == '"' || c == '\\')
      line.append({'\\', c});
    else if (c >= 0x20 && c < 0x7f)
      line += c;
    else
      fmt::format_to(std::back_inserter(line), "\\u00{:02x}", static_cast<unsigned char>(c));
  }
  line += '"';
}

void add(std::string& line, std::string_view name, std::int64_t value) {
  fmt::format_to(std::back_inserter(line), ",\"{}\":{}", name, value);
}

void add(std::string& line, std::string_view name, const std::optional<std::int64_t>& value) {
  if (value)
    add(line, name, *value);
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
  const auto ms = std::chrono::time_point_cast<std::chrono::milliseconds>(context.started);
  std::string line = fmt::format("{{\"time\":\"{:%Y-%m-%dT%H:%M:%S}.{:03}Z\"",
                                 fmt::gmtime(std::chrono::system_clock::to_time_t(ms)),
                                 ms.time_since_epoch().count() % 1000);
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
  return line += '}';
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
