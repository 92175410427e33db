#pragma once
// The whole configuration as plain structs: every key, its type and its default. config/load_*.cpp
// fill it from YAML and say what a key means; docs/CONFIGURATION.md is made from them.
//
// A `Settings` is an immutable snapshot once it has been loaded without problems. Paths are
// absolute or were made so relative to the configuration file. Secrets are never in the file, only
// paths to them.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "contract/api_message.hpp"
#include "contract/ip_address.hpp"
#include "contract/json_scan.hpp"

namespace sitegate {

/// Where in a YAML file something stands: for problems that show only later (a key that does not
/// fit its certificate, say).
struct Origin {
  std::string file;
  int line = 0;          ///< from 1; 0 = not in the file (a default)
  int column = 0;        ///< from 1
  std::string key_path;  ///< `listeners[0].certificate`

  bool operator==(const Origin&) const = default;
};

/// A file named in the configuration. Loading checks that it is there and readable, no more.
struct FileRef {
  std::filesystem::path path;
  Origin origin;
};

struct SiteSettings {
  std::string name;
  std::string description;
  std::string public_url;  ///< where callers reach it, as written; empty: not said
};

struct ListenerSettings {
  ListenerKind kind = ListenerKind::Callers;  ///< key `for`
  std::string address;                        ///< IP address, from `address: IP:PORT`
  std::uint16_t port = 0;                     ///< 0 = any free one (tests)
  FileRef certificate;                        ///< PEM chain; callers and peers
  FileRef key;                                ///< PEM private key; callers and peers
  std::optional<FileRef> client_ca;           ///< PEM bundle; peers, required there
  /// Networks of the balancers in front, which say by PROXY protocol v2 who calls; nobody else may
  /// connect then. Empty: callers connect themselves. Callers and peers.
  std::vector<IpNetwork> proxy_protocol_from;
  bool http2 = false;  ///< offered in the handshake; default: true for peers. Callers and peers
  Origin origin;
};

/// How long finished tasks are kept, by how they ended; 0 = for ever. Counted from `endTime`
/// (docs/adr/0009 says what counts where that is missing). What runs is never removed.
struct RetentionSettings {
  std::chrono::milliseconds succeeded{std::chrono::hours{90 * 24}};
  std::chrono::milliseconds failed{std::chrono::hours{90 * 24}};
  std::chrono::milliseconds interval{std::chrono::minutes{10}};  ///< between two looks
};

struct StoreSettings {
  std::filesystem::path sqlite;  ///< key `store.sqlite`; created when missing
  RetentionSettings retention;
  Origin origin;
};

/// As whom we speak to a site that is not told otherwise.
struct IdentitySettings {
  FileRef certificate;
  FileRef key;
  FileRef statement_key;
};

/// How a remote site's certificate is trusted; at least one of both, the name is always checked.
struct TrustSettings {
  std::optional<FileRef> ca;      ///< PEM bundle
  std::vector<std::string> pins;  ///< SHA-256 of the leaf's DER form, 32 raw octets each
};

/// The connections to a site. How long one rests is `timeouts.idle`.
struct LinkSettings {
  std::size_t warm = 1;                        ///< per worker, opened before anybody asks; 0: none
  std::chrono::milliseconds retry{5000};       ///< at most one round of opening those in this time
  std::chrono::milliseconds max_age{300000};   ///< of a connection; each ends up to a fifth sooner
  std::chrono::milliseconds addresses{30000};  ///< what a look-up of its name found is believed
  bool http2 = true;                           ///< offered in the handshake, beside HTTP/1.1
};

/// How a site learns who asks (DESIGN section 6).
enum class SiteAuth : std::uint8_t {
  Statement,  ///< a signed statement goes with every question
  Session,    ///< a session that the caller opened there
};

struct RemoteSiteSettings {
  std::string name;  ///< key under `sites`: what callers write in `site=`
  std::string description;
  std::string url;         ///< as written
  std::string public_url;  ///< where its own callers reach it, as written; default: url
  std::string host;        ///< of `url: https://HOST[:PORT]`, host without brackets
  std::uint16_t port = 443;
  std::string tls_name;     ///< must be a SAN of its certificate, sent as SNI; default: host
  std::string remote_name;  ///< what that site calls itself; default: name
  TrustSettings trust;
  SiteAuth auth = SiteAuth::Statement;  ///< `auth.mode`
  /// `client.certificate`: as whom we speak; default: `identity`. Empty: as nobody (auth: Session).
  FileRef client_certificate;
  FileRef client_key;     ///< `client.key`
  FileRef statement_key;  ///< `auth.statement_key`: PEM, P-256 private key (auth: Statement)
  std::chrono::milliseconds connect_timeout{2000};  ///< `timeouts.connect`: resolve, TCP and TLS
  std::chrono::milliseconds total_timeout{8000};    ///< `timeouts.total`: a whole lookup
  std::chrono::milliseconds idle_timeout{30000};    ///< `timeouts.idle`: of a pooled link
  LinkSettings links;
  std::size_t max_in_flight = 256;  ///< lookups at once, all workers together
  bool find_anywhere = true;        ///< is asked, too, when a caller does not say which site
  Origin origin;
};

/// What happens to a lookup without `site` (CONTRACT 0.2 "Find anywhere").
struct RoutingSettings {
  bool find_anywhere = true;  ///< other sites are asked when the local store has no such task
  std::chrono::milliseconds find_anywhere_time{3000};  ///< for the whole of such a lookup
  std::chrono::milliseconds remember_location{std::chrono::minutes{10}};  ///< 0 = not at all
  std::size_t sites_per_question = 16;             ///< asked at the same time
  std::size_t questions_per_caller = 4;            ///< running at once, all workers together
  std::size_t questions_per_worker = 64;           ///< running at once
  std::chrono::milliseconds all_sites_time{5000};  ///< for a list of all sites (`site=*`)
  std::chrono::milliseconds each_site_time{3000};  ///< for a site's part of it
  bool share_lookups = false;                      ///< same task, same identity, same time
  std::chrono::milliseconds keep_finished{0};      ///< 0 = not at all
  std::size_t keep_finished_size = 16777216;       ///< octets, of each worker
};

/// A public key as a JWK, in the configuration itself.
struct JwkText {
  std::string text;
  Origin origin;
};

/// A site that may speak to us on a `peers` listener.
struct PeerSettings {
  std::string name;                          ///< key under `peers`: the `iss` of its statements
  std::string certificate_san;               ///< URI SAN; default `sitegate:site:NAME`
  FileRef statement_key;                     ///< P-256 public key, PEM or JWK
  std::optional<JwkText> statement_jwk;      ///< instead of that file
  std::vector<std::string> accept_users;     ///< patterns, `*` stands for any run of characters
  std::map<std::string, std::string> roles;  ///< their role -> ours; empty = none
  Origin origin;
};

struct SessionSettings {
  std::chrono::milliseconds idle{std::chrono::minutes{30}};
  std::chrono::milliseconds lifetime{std::chrono::hours{24}};
  std::size_t per_user = 100;  ///< the least recently used goes when one more is opened
  /// How often extensions to other sites are kept alive while their session is used.
  std::chrono::milliseconds keep_extensions{std::chrono::minutes{10}};
  std::optional<FileRef> sealing_keys{};  ///< default: made in the state directory
};

struct LimitSettings {
  std::size_t connections = 20000;  ///< callers and peers together, all workers
  /// Of one IPv4 address or IPv6 /64, on listeners for callers without PROXY protocol.
  std::size_t connections_per_address = 1000;
  std::size_t request_line = 8192;  ///< octets, with its CRLF; a site's status line, too
  std::size_t field = 8192;         ///< octets of one header field, with its CRLF; of a site's, too
  std::size_t head = 16384;         ///< octets, request line included
  std::size_t head_fields = 100;
  std::size_t chunk_extensions = 16384;  ///< octets, of one body
  std::size_t body = 1048576;            ///< octets, where a body is allowed
  std::size_t login_body = 16384;
  std::size_t http2_streams = 100;          ///< of one connection, open at once
  std::size_t http2_control_frames = 1000;  ///< in ten seconds, that ask for nothing
  std::size_t answer_body = 2097152;        ///< octets, of a site's answer
  std::size_t list_body = 8388608;          ///< octets, of the tasks of a list, ours or a site's
  JsonLimits json;                          ///< `json_depth`, `json_members`: of a task document
  std::chrono::milliseconds handshake{10000};
  std::chrono::milliseconds head_time{10000};
  std::chrono::milliseconds body_time{30000};  ///< a whole body
  std::chrono::milliseconds idle{60000};       ///< a kept connection between two requests
  std::chrono::milliseconds write{30000};      ///< no octet taken by the other side
  std::chrono::milliseconds local_deadline{5000};
  std::chrono::milliseconds shutdown{20000};     ///< what runs at SIGTERM may finish within
  std::size_t login_failures_per_user = 10;      ///< a minute, per (user, address)
  std::size_t login_failures_per_address = 100;  ///< a minute, per address
  std::size_t password_queue = 64;               ///< logins that wait for a hash
  std::size_t store_queue = 1024;                ///< writes that wait for the store
  std::size_t list_threads = 2;                  ///< lists that the store answers at once
  std::size_t list_queue = 64;                   ///< lists that wait for the store
};

/// Web pages of other origins that may call (docs/adr/0012-for-web-pages.md). Only on listeners for
/// callers.
struct CorsSettings {
  /// Exactly as browsers send them in `Origin`; none: no answer speaks of CORS.
  std::vector<std::string> origins;
  std::chrono::milliseconds max_age{std::chrono::minutes{10}};  ///< of a preflight's answer
};

struct DrainSettings {
  /// From the signal on: not ready, but serving. As long as a balancer needs to notice.
  std::chrono::milliseconds delay{5000};
};

struct LogSettings {
  std::string access = "stdout";  ///< `stdout`, `off` or a path
  std::string level = "info";     ///< of the process log on stderr: info, warning, error
  std::size_t queue = 8192;       ///< access lines that wait to be written; more are dropped
};

struct Settings {
  SiteSettings site;
  std::filesystem::path state_directory;  ///< lock file; default: `state` beside the file
  std::size_t workers = 0;                ///< 0 = one per core
  std::vector<ListenerSettings> listeners;
  StoreSettings store;           ///< default: `tasks.db` in the state directory
  std::optional<FileRef> users;  ///< users file; required with a `callers` listener
  SessionSettings sessions;
  RoutingSettings routing;
  LimitSettings limits;
  CorsSettings cors;
  DrainSettings drain;
  LogSettings log;
  std::optional<IdentitySettings> identity;
  std::vector<RemoteSiteSettings> sites;  ///< sorted by name
  std::vector<PeerSettings> peers;        ///< sorted by name
};

}  // namespace sitegate
