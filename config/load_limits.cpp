#include "config/load_limits.hpp"

namespace sitegate {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * 1024;

void read_sizes(YamlMap& map, LimitSettings& limits) {
  map.size("request_line", limits.request_line, 256, 64 * kKiB,
           "The first line of a request or of a site's answer, with its line end.");
  map.size("field", limits.field, 8 * kKiB, 64 * kKiB,
           "One header field of a request or of a site's answer, with its line end.");
  map.size("head", limits.head, 1 * kKiB, 256 * kKiB,
           "That line and all header fields together; not less than either.");
  map.integer("head_fields", limits.head_fields, 10, 1000, "Header fields of one head.");
  map.size("chunk_extensions", limits.chunk_extensions, 0, 1 * kMiB,
           "What the chunks of one body may carry beside their size and data.");
  map.size("body", limits.body, 1 * kKiB, 64 * kMiB, "The body of a request, logins apart.");
  map.size("login_body", limits.login_body, 256, 1 * kMiB, "The body of a login.");
  map.integer("http2_streams", limits.http2_streams, 1, 10'000,
              "HTTP/2: requests of one connection that came in, and lookups on one connection to a "
              "site, at the same time.");
  map.integer("http2_control_frames", limits.http2_control_frames, 100, 1'000'000,
              "HTTP/2: frames that ask for nothing (RST_STREAM, SETTINGS, PING, PRIORITY, empty "
              "DATA) in ten seconds on one connection, beside one for each answer. With more of "
              "them the connection ends: ENHANCE_YOUR_CALM.");
  map.size("answer_body", limits.answer_body, 1 * kKiB, 256 * kMiB,
           "The body of a site's answer. A larger one is SiteProtocolError.");
  map.size(
      "list_body", limits.list_body, 64 * kKiB, 64 * kMiB,
      "The tasks of one list together. A larger page of ours is BadUserInput, which asks for a "
      "smaller `limit`; a larger one of a site is SiteProtocolError.");
  map.integer("json_depth", limits.json.depth, 4, 256,
              "How deep the JSON of a task or of a site's answer may be nested.");
  map.integer("json_members", limits.json.members, 100, 1'000'000,
              "Members of all objects in the JSON of a task or of a site's answer.");
}

void read_times(YamlMap& map, LimitSettings& limits) {
  map.duration("handshake", limits.handshake, 10ms, 10min,
               "For the TLS handshake of a connection that comes in.");
  map.duration("head_time", limits.head_time, 10ms, 10min,
               "From the first octet of a request to the end of its head.");
  map.duration("body_time", limits.body_time, 10ms, 1h, "For the whole body of a request.");
  map.duration("idle", limits.idle, 10ms, 24h,
               "How long a connection that came in may rest between two requests.");
  map.duration("write", limits.write, 10ms, 1h,
               "How long the other side may take nothing of an answer.");
  map.duration("local_deadline", limits.local_deadline, 10ms, 10min,
               "For the answer to a request that stays at this site. One for another site has the "
               "time of `sites.NAME.timeouts.total`.");
  map.duration("shutdown", limits.shutdown, 0ms, 1h,
               "What runs at SIGTERM or SIGINT may finish within this.");
}

void read_all(YamlMap& map, LimitSettings& limits) {
  map.integer("connections", limits.connections, 1, 1'000'000,
              "Connections that came in at once, callers and peers together, of all workers.");
  map.integer("connections_per_address", limits.connections_per_address, 1, 1'000'000,
              "Of them, those of one IPv4 address or IPv6 /64, on listeners for callers. Behind a "
              "balancer (`proxy_protocol_from`) and for peers there is no such limit.");
  read_sizes(map, limits);
  read_times(map, limits);
  map.integer("login_failures_per_user", limits.login_failures_per_user, 1, 1'000'000,
              "Failed logins a minute for one user from one address. More are TooManyRequests, and "
              "so are half as many of a caller at another site (`POST /sessions/extend`).");
  map.integer("login_failures_per_address", limits.login_failures_per_address, 1, 1'000'000,
              "Failed logins a minute from one address, whoever the user; at other sites half as "
              "many. Not on listeners for peers.");
  map.integer("password_queue", limits.password_queue, 1, 100'000,
              "Logins that wait until their password is checked. More are Overloaded.");
  map.integer("store_queue", limits.store_queue, 1, 1'000'000,
              "Writes that wait for the store. More are Overloaded.");
  map.integer("list_threads", limits.list_threads, 1, 64,
              "Lists that the store answers at once, beside the workers.");
  map.integer("list_queue", limits.list_queue, 1, 100'000,
              "Lists that wait for the store. More are Overloaded.");
  if (limits.head < limits.field) {
    map.problem(map.has("head") ? "head" : "field",
                "head (" + std::to_string(limits.head) + ") is smaller than field (" +
                    std::to_string(limits.field) + "), which is a part of it",
                "write a larger head or a smaller field");
  }
  if (limits.head < limits.request_line) {
    map.problem(map.has("head") ? "head" : "request_line",
                "head (" + std::to_string(limits.head) + ") is smaller than request_line (" +
                    std::to_string(limits.request_line) + "), which is a part of it",
                "write a larger head or a smaller request_line");
  }
}

}  // namespace

void read_limits(YamlMap& root, LimitSettings& limits) {
  const auto read = [&limits](YamlMap& map) { read_all(map, limits); };
  root.map("limits", read,
           "How much of anything there may be, so that one caller or site never costs the others "
           "more than this.",
           Need::Optional);
}

}  // namespace sitegate
