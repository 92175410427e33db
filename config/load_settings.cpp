#include "config/load_settings.hpp"

#include "config/load_sites.hpp"
#include "config/notations.hpp"
#include "config/yaml_reader.hpp"
#include "contract/site_name.hpp"

namespace sitegate {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * 1024;

void read_site(YamlMap& map, SiteSettings& site) {
  if (map.text("name", site.name, Need::Required, kSiteNameGrammar) && !is_site_name(site.name)) {
    map.problem("name", "is not a site name", "write " + std::string(kSiteNameGrammar));
  }
  map.text("description", site.description, Need::Optional);
}

void read_address(YamlMap& map, ListenerSettings& listener) {
  constexpr std::string_view kExpected =
      R"(an IP address and a port: 127.0.0.1:8443 or "[::1]:8443")";
  std::string text;
  if (!map.text("address", text, Need::Required, kExpected)) {
    return;
  }
  if (auto endpoint = parse_listen_address(text)) {
    listener.address = std::move(endpoint->host);
    listener.port = endpoint->port;
  } else {
    map.problem("address", "`" + printable(text) + "` is no address to listen on",
                "write " + std::string(kExpected));
  }
}

/// What a listener needs depends on what it is for; while that is unknown, nothing is missing.
void read_tls(YamlMap& map, const std::string& purpose, ListenerSettings& listener) {
  if (purpose == "admin") {
    for (const std::string_view key : {"certificate", "key", "client_ca"}) {
      map.forbid(key, "a listener for admin speaks plain HTTP", "remove the key");
    }
    return;
  }
  const Need need = purpose.empty() ? Need::Optional : Need::Required;
  map.file("certificate", listener.certificate, need);
  map.file("key", listener.key, need);
  if (purpose == "callers") {
    map.forbid("client_ca", "a listener for callers asks for no client certificate",
               "remove the key, or write for: peers");
    return;
  }
  FileRef client_ca;
  if (map.file("client_ca", client_ca, need)) {
    listener.client_ca = std::move(client_ca);
  }
}

/// False: what it is for is unknown, and it was left out of `listeners`.
bool read_listener(YamlMap& map, std::vector<ListenerSettings>& listeners) {
  ListenerSettings listener;
  listener.origin = map.origin();
  std::string purpose;
  map.choice("for", purpose, {"callers", "peers", "admin"});
  if (purpose == "peers") {
    listener.kind = ListenerKind::Peers;
  } else if (purpose == "admin") {
    listener.kind = ListenerKind::Admin;
  }
  read_address(map, listener);
  read_tls(map, purpose, listener);
  for (const ListenerSettings& other : listeners) {
    if (collide({listener.address, listener.port}, {other.address, other.port})) {
      map.problem("address",
                  "is taken by the listener in line " + std::to_string(other.origin.line),
                  "write another address or port");
    }
  }
  if (!purpose.empty()) {
    listeners.push_back(std::move(listener));
  }
  return !purpose.empty();
}

/// True: all of them were understood, so that none is missed when one is looked for.
bool read_listeners(YamlMap& root, std::vector<ListenerSettings>& listeners) {
  bool all_known = true;
  const auto read_one = [&](YamlMap& map) {
    all_known = read_listener(map, listeners) && all_known;
  };
  const bool is_list = root.list("listeners", read_one);
  if (is_list && all_known && listeners.empty()) {
    root.problem("listeners", "has no listener", "write at least one");
  }
  return is_list && all_known;
}

bool is_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

void read_state_directory(YamlMap& root, Settings& settings) {
  settings.state_directory = root.directory() / "state";
  root.path("state_directory", settings.state_directory, Need::Optional);
  std::error_code ignored;
  if (std::filesystem::exists(settings.state_directory, ignored) &&
      !is_folder(settings.state_directory)) {
    root.problem("state_directory", "is not a folder", "name a folder, or one to be created");
  }
}

void read_store(YamlMap& root, Settings& settings) {
  settings.store.sqlite = settings.state_directory / "tasks.db";
  settings.store.origin = root.origin("store");
  const auto read = [&settings](YamlMap& map) {
    map.path("sqlite", settings.store.sqlite, Need::Optional);
    settings.store.origin = map.origin("sqlite");
  };
  root.map("store", read, Need::Optional);
  if (is_folder(settings.store.sqlite)) {
    root.problems().add(settings.store.origin, "is a folder", "name a file, or one to be created");
  }
}

void read_sessions(YamlMap& map, SessionSettings& sessions) {
  map.duration("idle", sessions.idle, 1s, 30 * 24h);
  map.duration("lifetime", sessions.lifetime, 1s, 365 * 24h);
  map.integer("per_user", sessions.per_user, 1, 100'000);
}

void read_routing(YamlMap& map, RoutingSettings& routing) {
  map.flag("find_anywhere", routing.find_anywhere);
  map.duration("find_anywhere_time", routing.find_anywhere_time, 10ms, 60s);
  map.duration("remember_location", routing.remember_location, 0ms, 24h);
  map.integer("sites_per_question", routing.sites_per_question, 1, 256);
  map.integer("questions_per_caller", routing.questions_per_caller, 1, 10'000);
  map.integer("questions_per_worker", routing.questions_per_worker, 1, 100'000);
}

void read_limits(YamlMap& map, LimitSettings& limits) {
  map.integer("connections", limits.connections, 1, 1'000'000);
  map.size("request_line", limits.request_line, 256, 64 * kKiB);
  map.size("field", limits.field, 8 * kKiB, 64 * kKiB);
  map.size("head", limits.head, 1 * kKiB, 256 * kKiB);
  map.integer("head_fields", limits.head_fields, 10, 1000);
  map.size("chunk_extensions", limits.chunk_extensions, 0, 1 * kMiB);
  map.size("body", limits.body, 1 * kKiB, 64 * kMiB);
  map.size("login_body", limits.login_body, 256, 1 * kMiB);
  map.size("answer_body", limits.answer_body, 1 * kKiB, 256 * kMiB);
  map.integer("json_depth", limits.json.depth, 4, 256);
  map.integer("json_members", limits.json.members, 100, 1'000'000);
  map.duration("handshake", limits.handshake, 10ms, 10min);
  map.duration("head_time", limits.head_time, 10ms, 10min);
  map.duration("body_time", limits.body_time, 10ms, 1h);
  map.duration("idle", limits.idle, 10ms, 24h);
  map.duration("write", limits.write, 10ms, 1h);
  map.duration("local_deadline", limits.local_deadline, 10ms, 10min);
  map.duration("shutdown", limits.shutdown, 0ms, 1h);
  map.integer("login_failures_per_user", limits.login_failures_per_user, 1, 1'000'000);
  map.integer("login_failures_per_address", limits.login_failures_per_address, 1, 1'000'000);
  map.integer("password_queue", limits.password_queue, 1, 100'000);
  map.integer("store_queue", limits.store_queue, 1, 1'000'000);
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

void read_log(YamlMap& map, LogSettings& log) {
  std::string access;
  if (map.text("access", access, Need::Optional, "stdout, off or the path of a file") &&
      access != "stdout" && access != "off") {
    std::filesystem::path path;
    map.path("access", path);
    access = path.string();
  }
  if (!access.empty()) {
    log.access = std::move(access);
  }
  map.choice("level", log.level, {"info", "warning", "error"}, Need::Optional);
  map.integer("queue", log.queue, 1, 1'000'000);
}

const ListenerSettings* first_of(const Settings& settings, ListenerKind kind) {
  for (const ListenerSettings& listener : settings.listeners) {
    if (listener.kind == kind) {
      return &listener;
    }
  }
  return nullptr;
}

/// A listener without those who may come, or the other way round, is a door that opens to nobody.
void check_halves(YamlMap& root, const Settings& settings, bool all_listeners_known) {
  const ListenerSettings* callers = first_of(settings, ListenerKind::Callers);
  if (callers != nullptr && !root.has("users")) {
    root.problems().add(callers->origin, "a listener for callers, but nobody who could log in",
                        "write users: FILE, or remove the listener");
  }
  const ListenerSettings* peers = first_of(settings, ListenerKind::Peers);
  if (peers != nullptr && settings.peers.empty()) {
    root.problems().add(peers->origin, "a listener for peers, but no site that may come",
                        "write the sites under peers, or remove the listener");
  }
  if (peers == nullptr && !settings.peers.empty() && all_listeners_known) {
    root.problem("peers", "sites that may come, but no listener for peers",
                 "write a listener with for: peers, or remove the entries");
  }
}

void read_all(YamlMap& root, Settings& settings) {
  const auto site = [&settings](YamlMap& map) { read_site(map, settings.site); };
  root.map("site", site, Need::Required, "a mapping with name");
  read_state_directory(root, settings);
  root.integer("workers", settings.workers, 0, 1024);
  const bool all_listeners_known = read_listeners(root, settings.listeners);
  read_store(root, settings);
  FileRef users;
  if (root.file("users", users, Need::Optional)) {
    settings.users = std::move(users);
  }
  const auto sessions = [&settings](YamlMap& map) { read_sessions(map, settings.sessions); };
  root.map("sessions", sessions, Need::Optional);
  const auto routing = [&settings](YamlMap& map) { read_routing(map, settings.routing); };
  root.map("routing", routing, Need::Optional);
  const auto limits = [&settings](YamlMap& map) { read_limits(map, settings.limits); };
  root.map("limits", limits, Need::Optional);
  const auto log = [&settings](YamlMap& map) { read_log(map, settings.log); };
  root.map("log", log, Need::Optional);
  read_sites(root, settings);
  read_peers(root, settings);
  check_halves(root, settings, all_listeners_known);
}

}  // namespace

std::optional<Settings> load_settings(const std::filesystem::path& file, Problems& problems) {
  Settings settings;
  const auto read = [&settings](YamlMap& root) { read_all(root, settings); };
  return read_yaml_file(file, problems, read) ? std::optional(std::move(settings)) : std::nullopt;
}

std::optional<Settings> load_settings_from_text(std::string_view text,
                                                const std::filesystem::path& base_directory,
                                                Problems& problems, const std::string& file) {
  Settings settings;
  const auto read = [&settings](YamlMap& root) { read_all(root, settings); };
  return read_yaml_text(text, file, base_directory, problems, read)
             ? std::optional(std::move(settings))
             : std::nullopt;
}

}  // namespace sitegate
