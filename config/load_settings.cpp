#include "config/load_settings.hpp"

#include "config/load_cors.hpp"
#include "config/load_limits.hpp"
#include "config/load_listeners.hpp"
#include "config/load_peers.hpp"
#include "config/load_sites.hpp"
#include "config/yaml_reader.hpp"
#include "contract/site_name.hpp"

namespace sitegate {
namespace {

using namespace std::chrono_literals;

void read_site(YamlMap& map, SiteSettings& site) {
  if (map.text("name", site.name,
               "What callers write in `?site=` for this site, and the issuer of its statements.",
               Need::Required, kSiteNameGrammar) &&
      !is_site_name(site.name)) {
    map.problem("name", "is not a site name", "write " + std::string(kSiteNameGrammar));
  }
  map.text("description", site.description, "For people.", Need::Optional);
  read_public_url(map, site.public_url,
                  "Where callers reach this gateway. `/sites` shows it as it is written here, and "
                  "programs compare it with what they know: a slash at the end counts.");
}

bool is_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

void read_state_directory(YamlMap& root, Settings& settings) {
  settings.state_directory = root.directory() / "state";
  root.path("state_directory", settings.state_directory,
            "A folder of this gateway alone, made when it is not there. Two gateways never share "
            "one: a lock in it sees to that.",
            Need::Optional);
  std::error_code ignored;
  if (std::filesystem::exists(settings.state_directory, ignored) &&
      !is_folder(settings.state_directory)) {
    root.problem("state_directory", "is not a folder", "name a folder, or one to be created");
  }
}

void read_retention(YamlMap& map, RetentionSettings& retention) {
  map.duration("succeeded", retention.succeeded, 0ms, 36500 * 24h,
               "How long after its end a task that succeeded is kept; 0: for ever.");
  map.duration("failed", retention.failed, 0ms, 36500 * 24h,
               "How long after its end a task that failed is kept; 0: for ever.");
  map.duration("interval", retention.interval, 1s, 24h,
               "How often it is looked for tasks that are to go.");
}

void read_store(YamlMap& root, Settings& settings) {
  settings.store.sqlite = settings.state_directory / "tasks.db";
  settings.store.origin = root.origin("store");
  const auto read = [&settings](YamlMap& map) {
    map.path("sqlite", settings.store.sqlite,
             "The database file, made when it is not there. By default it lies in the state "
             "directory.",
             Need::Optional);
    settings.store.origin = map.origin("sqlite");
    const auto retention = [&settings](YamlMap& nested) {
      read_retention(nested, settings.store.retention);
    };
    map.map("retention", retention, "Finished tasks that are old are removed.", Need::Optional);
  };
  root.map("store", read, "Where the tasks of this site and the sessions are kept.",
           Need::Optional);
  // One file has one path, whatever links lead to it: for its lock and its journal.
  std::error_code ignored;
  if (auto real = std::filesystem::weakly_canonical(settings.store.sqlite, ignored); !ignored) {
    settings.store.sqlite = std::move(real);
  }
  if (is_folder(settings.store.sqlite)) {
    root.problems().add(settings.store.origin, "is a folder", "name a file, or one to be created");
  }
}

void read_sessions(YamlMap& map, SessionSettings& sessions) {
  map.duration("idle", sessions.idle, 1s, 30 * 24h,
               "A session that was not used for so long is over.");
  map.duration("lifetime", sessions.lifetime, 1s, 365 * 24h,
               "So long after the login it is over in any case.");
  map.integer("per_user", sessions.per_user, 1, 100'000,
              "Sessions of one user at once. One more ends the one that was not used longest.");
  map.duration("keep_extensions", sessions.keep_extensions, 1s, 24h,
               "How often a session that was opened at another site (`POST /sessions/extend`) is "
               "kept alive there, while the one here was used in the last half hour.");
  FileRef keys;
  if (map.file(
          "sealing_keys", keys,
          "The keys that seal the tokens of other sites where they are stored: 64 hex digits a "
          "line, the first seals, each opens. By default `sealing-keys` in the state "
          "directory, made at the first start.",
          Need::Optional))
    sessions.sealing_keys = std::move(keys);
}

void read_routing(YamlMap& map, RoutingSettings& routing) {
  map.flag("find_anywhere", routing.find_anywhere,
           "Whether other sites are asked for a task that is not in the store of this one.");
  map.duration("find_anywhere_time", routing.find_anywhere_time, 10ms, 60s,
               "For the answer to a lookup without `site`, all sites together.");
  map.duration("remember_location", routing.remember_location, 0ms, 24h,
               "How long it is remembered at which site a caller found a task; 0s: not at all.");
  map.integer("sites_per_question", routing.sites_per_question, 1, 256,
              "Sites that are asked at the same time for one task, or for a list of all sites.");
  map.integer(
      "questions_per_caller", routing.questions_per_caller, 1, 10'000,
      "Questions to all sites that one caller may have under way. More are TooManyRequests.");
  map.integer("questions_per_worker", routing.questions_per_worker, 1, 100'000,
              "Questions to all sites that one worker has under way. More are TooManyRequests.");
  map.duration("all_sites_time", routing.all_sites_time, 10ms, 60s,
               "For a list of all sites (`site=*`).");
  map.duration(
      "each_site_time", routing.each_site_time, 10ms, 60s,
      "For the part of one site in it. A site that is later is named, and its part missing.");
  map.flag("share_lookups", routing.share_lookups,
           "Whether a site is asked once for lookups of one task, as one identity, that are under "
           "way at the same time. An answer may then be as old as the oldest of them.");
  map.duration("keep_finished", routing.keep_finished, 0ms, 1h,
               "How long a finished task of another site is kept for those who got it, as the "
               "identity as which they did; 0s: not at all. For so long it is found when the site "
               "is gone, and when it would no longer show it.");
  map.integer("keep_finished_size", routing.keep_finished_size, 4096, 1'073'741'824,
              "Octets of all that a worker keeps. Those used least recently give way.");
}

void read_log(YamlMap& map, LogSettings& log) {
  if (map.text("access", log.access, "Where the access log goes: one line of JSON per request.",
               Need::Optional, "stdout, off or the path of a file") &&
      log.access != "stdout" && log.access != "off") {
    log.access = (map.directory() / log.access).lexically_normal().string();
  }
  map.choice("level", log.level, {"info", "warning", "error"},
             "The least that the process log on standard error says.", Need::Optional);
  map.integer("queue", log.queue, 1, 1'000'000,
              "Access lines that wait to be written. More are dropped and counted.");
}

const ListenerSettings* first_of(const Settings& settings, ListenerKind kind) {
  for (const ListenerSettings& listener : settings.listeners) {
    if (listener.kind == kind) {
      return &listener;
    }
  }
  return nullptr;
}

/// A door that nobody could use, or users of a door that is not there. A listener for peers without
/// peers is how every site begins.
void check_halves(YamlMap& root, const Settings& settings, bool all_listeners_known) {
  const ListenerSettings* callers = first_of(settings, ListenerKind::Callers);
  if (callers != nullptr && !root.has("users")) {
    root.problems().add(callers->origin, "a listener for callers, but nobody who could log in",
                        "write users: FILE, or remove the listener");
  }
  const ListenerSettings* peers = first_of(settings, ListenerKind::Peers);
  if (peers == nullptr && !settings.peers.empty() && all_listeners_known) {
    root.problem("peers", "sites that may come, but no listener for peers",
                 "write a listener with for: peers, or remove the entries");
  }
}

void read_all(YamlMap& root, Settings& settings) {
  const auto site = [&settings](YamlMap& map) { read_site(map, settings.site); };
  root.map("site", site, "This site itself.", Need::Required, "a mapping with name");
  read_state_directory(root, settings);
  root.integer("workers", settings.workers, 0, 1024,
               "Threads that serve connections; 0 is one per core.");
  const bool all_listeners_known = read_listeners(root, settings.listeners);
  read_store(root, settings);
  FileRef users;
  if (root.file("users", users, "The users file; see below.",
                Need{false, "with a listener for callers"})) {
    settings.users = std::move(users);
  }
  const auto sessions = [&settings](YamlMap& map) { read_sessions(map, settings.sessions); };
  root.map("sessions", sessions, "The sessions of callers.", Need::Optional);
  const auto routing = [&settings](YamlMap& map) { read_routing(map, settings.routing); };
  root.map("routing", routing,
           "What happens to lookups on their way to sites, and to a list of all sites.",
           Need::Optional);
  read_limits(root, settings.limits);
  read_cors(root, settings.cors);
  const auto drain = [&settings](YamlMap& map) {
    map.duration("delay", settings.drain.delay, 0ms, 10min,
                 "How long it goes on to accept connections after SIGTERM or SIGINT, no longer "
                 "ready, so that balancers hear of it first.");
  };
  root.map("drain", drain, "How the gateway ends.", Need::Optional);
  const auto log = [&settings](YamlMap& map) { read_log(map, settings.log); };
  root.map("log", log, "What is written about requests and about the gateway itself.",
           Need::Optional);
  read_identity(root, settings);
  read_sites(root, settings);
  read_peers(root, settings);
  check_halves(root, settings, all_listeners_known);
}

}  // namespace

Settings read_settings(const std::filesystem::path& file, Problems& problems) {
  Settings settings;
  const auto read = [&settings](YamlMap& root) { read_all(root, settings); };
  static_cast<void>(read_yaml_file(file, problems, read));
  return settings;
}

std::optional<Settings> load_settings(const std::filesystem::path& file, Problems& problems) {
  const auto before = problems.size();
  auto settings = read_settings(file, problems);
  return problems.size() == before ? std::optional(std::move(settings)) : std::nullopt;
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

std::vector<KeyDescription> describe_settings() {
  Settings settings;
  return describe_keys([&settings](YamlMap& root) { read_all(root, settings); });
}

}  // namespace sitegate
