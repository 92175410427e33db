#pragma once
// Two ends of a TLS connection with a wire between them that the tests control.

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "routing/transport/tls_context.hpp"
#include "routing/transport/tls_engine.hpp"
#include "tests/support/certificates.hpp"

namespace sitegate::test {

inline constexpr std::string_view kSiteName = "site1.sitegate.test";

/// One end: its engine and what it has seen so far.
struct End {
  TlsEngine tls;
  bool shaken = false;                     ///< its handshake is finished
  TlsStatus status = TlsStatus::WantRead;  ///< of the last call
  std::string received{};                  ///< plain text

  /// Goes on as far as possible: handshake, then reading.
  void drive();

  /// The octets come in a buffer that is overwritten as soon as they have been dealt with.
  void take(std::string_view wire);

  /// Why it failed; fails the test when it did not.
  TlsFailure failure() const;
};

/// A client and a server, their contexts may come from anywhere.
struct Pair {
  Pair(SSL_CTX* client_context, SSL_CTX* server_context, std::string_view server_name = kSiteName);

  /// Carries what each end has to say to the other, at most `step` octets at a time, until both
  /// are silent. Starts the handshake when that has not been done.
  void run(std::size_t step = std::string::npos);

  /// All that `from` has to say goes to `to`; nothing goes back.
  static void carry(End& from, End& to, std::size_t step = std::string::npos);

  bool connected() const { return client.shaken && server.shaken; }

  End client;
  End server;
};

/// Authorities, files and contexts of two sites. By default all of it is valid.
class TlsWorld {
 public:
  TlsContext server(const Credential& credential, ListenerKind kind = ListenerKind::Callers);
  TlsContext server(ListenerKind kind = ListenerKind::Callers) { return server(site, kind); }

  /// What the other site is trusted by, and as whom we speak.
  struct Trust {
    bool ca = true;
    std::vector<std::string> pins{};
    std::string tls_name{kSiteName};
    const Credential* own = nullptr;  ///< null = a valid one
    int version = TLS1_3_VERSION;     ///< the highest to speak
  };
  TlsContext client(const Trust& trust);
  TlsContext client(int version = TLS1_3_VERSION) { return client(Trust{.version = version}); }

  /// A client as strangers write it: verifies nothing, speaks old versions and offers every suite.
  static TlsContext plain_client(const Credential* own = nullptr);

  /// A server as strangers write it: takes any certificate of its own, asks for none.
  static TlsContext plain_server(const Credential& own);

  Authority ca{"test CA"};
  Authority foreign{"foreign CA"};
  Credential site = ca.issue({.dns = {std::string(kSiteName)},
                              .ip = {"127.0.0.1"},
                              .uri = {"sitegate:site:site1"},
                              .purpose = Purpose::Server});
  Credential other_site = ca.issue({.uri = {"sitegate:site:site2"}, .purpose = Purpose::Client});
  TempDirectory files;
  std::shared_ptr<TicketKeys> tickets = make_ticket_keys();

 private:
  int files_made_ = 0;
};

/// For tests whose parameter is the version.
std::string version_name(const testing::TestParamInfo<int>& version);

/// `size` octets that look random and are always the same.
std::string pattern(std::size_t size);

}  // namespace sitegate::test
