// The engine against `openssl s_client` and `openssl s_server`: two engines agreeing prove nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/unit/transport/openssl_tool.hpp"

namespace sitegate::test {
namespace {

using testing::HasSubstr;

// A mebibyte of digits: neither side takes them for a command, and no session report holds them.
std::string mebibyte() {
  std::string text = pattern(1024 * 1024);
  for (char& octet : text) {
    octet = static_cast<char>('0' + static_cast<unsigned char>(octet) % 10);
  }
  return text;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void count_key_updates(int, int, int type, const void* message, std::size_t size, SSL*,
                       void* count) {
  if (type == SSL3_RT_HANDSHAKE && size > 0 &&
      *static_cast<const unsigned char*>(message) == SSL3_MT_KEY_UPDATE) {
    ++*static_cast<int*>(count);
  }
}

class AgainstOpenssl : public testing::TestWithParam<int> {
 protected:
  AgainstOpenssl() { world.files.file("ca.crt", world.ca.certificate_pem()); }

  std::string version() const { return GetParam() == TLS1_3_VERSION ? "-tls1_3" : "-tls1_2"; }
  std::string path(const std::string& name) const { return (world.files.path() / name).string(); }
  std::string file(const std::string& name, const std::string& contents) {
    return world.files.file(name, contents).path.string();
  }

  // What s_client is started with to reach `port` and believe nobody but our authority.
  std::vector<std::string> client_arguments(const std::string& port) const {
    return {
        "s_client", "-connect",     "127.0.0.1:" + port,   "-servername", std::string(kSiteName),
        "-CAfile",  path("ca.crt"), "-verify_return_error"};
  }

  TlsWorld world;
};

class AgainstSClient : public AgainstOpenssl {
 protected:
  // Starts it, accepts its connection.
  void start(ListenerKind kind, const std::vector<std::string>& more) {
    const Listening listening = listen_on_loopback();
    std::vector<std::string> arguments = client_arguments(listening.port);
    arguments.insert(arguments.end(), more.begin(), more.end());
    context = world.server(kind);
    end.emplace(End{.tls = TlsEngine::server(context.get())});
    tool.emplace(std::move(arguments));
    Descriptor accepted(accept4(listening.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
    talk.emplace(*tool, std::move(accepted), *end);
  }

  TlsContext context;
  std::optional<End> end;
  std::optional<OpensslTool> tool;
  std::optional<Conversation> talk;
};

INSTANTIATE_TEST_SUITE_P(versions, AgainstSClient, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         version_name);

TEST_P(AgainstSClient, a_mebibyte_each_way_and_close_notify) {
  start(ListenerKind::Callers, {version(), "-quiet", "-alpn", "h2,http/1.1"});
  const std::string text = mebibyte();
  tool->to_say = text;
  ASSERT_TRUE(talk->until([&] { return end->received.size() >= text.size(); })) << tool->said;
  EXPECT_TRUE(end->received == text);
  EXPECT_EQ(end->tls.write(text), TlsStatus::Ok);
  ASSERT_TRUE(talk->until([&] { return contains(tool->said, text); }));
  end->tls.close();
  ASSERT_TRUE(talk->until([&] { return talk->cut(); }));
  EXPECT_EQ(end->status, TlsStatus::Closed);
}

TEST_P(AgainstSClient, what_it_says_of_us_is_what_we_promise) {
  start(ListenerKind::Callers, {version(), "-alpn", "http/1.1", "-status"});
  ASSERT_TRUE(talk->until([&] { return contains(tool->said, "Verify return code: 0 (ok)"); }))
      << tool->said;
  EXPECT_THAT(tool->said, HasSubstr("ALPN protocol: http/1.1"));
  EXPECT_THAT(tool->said, HasSubstr("Compression: NONE"));
}

TEST_P(AgainstSClient, its_client_certificate_is_seen_by_peers) {
  start(ListenerKind::Peers,
        {version(), "-quiet", "-cert", file("own.crt", world.other_site.certificate_pem), "-key",
         file("own.key", world.other_site.key_pem)});
  tool->to_say = "hello";
  ASSERT_TRUE(talk->until([&] { return end->received == "hello"; })) << tool->said;
  EXPECT_EQ(end->tls.peer_certificate()->thumbprint, world.other_site.thumbprint);
}

TEST_P(AgainstSClient, peers_send_it_away_without_a_certificate) {
  start(ListenerKind::Peers, {version()});
  ASSERT_TRUE(talk->until([&] { return contains(tool->said, "SSL alert number"); })) << tool->said;
  EXPECT_THAT(tool->said,
              HasSubstr(GetParam() == TLS1_3_VERSION ? "alert number 116" : "alert number 40"));
  EXPECT_FALSE(end->shaken);
  EXPECT_EQ(end->failure().kind, TlsFailure::Kind::PeerCertificate);
}

TEST_P(AgainstSClient, peers_send_a_foreign_certificate_away) {
  const Credential foreign = world.foreign.issue({.purpose = Purpose::Client});
  start(ListenerKind::Peers, {version(), "-cert", file("own.crt", foreign.certificate_pem), "-key",
                              file("own.key", foreign.key_pem)});
  ASSERT_TRUE(talk->until([&] { return contains(tool->said, "alert number 48"); })) << tool->said;
  EXPECT_FALSE(end->shaken);
}

TEST_P(AgainstSClient, tls_1_1_is_refused) {
  start(ListenerKind::Callers, {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
  ASSERT_TRUE(talk->until([&] { return contains(tool->said, "alert number 70"); })) << tool->said;
  EXPECT_FALSE(end->shaken);
}

TEST_P(AgainstSClient, its_key_updates_are_followed) {
  if (GetParam() != TLS1_3_VERSION) {
    return;  // TLS 1.2 has none
  }
  start(ListenerKind::Callers, {version()});
  int key_updates = 0;
  SSL_set_msg_callback(end->tls.native(), count_key_updates);
  SSL_set_msg_callback_arg(end->tls.native(), &key_updates);
  const auto said_again = [&](const std::string& line) {
    tool->to_say = line;
    return talk->until([&] { return contains(end->received, line); }) &&
           end->tls.write("got " + line) == TlsStatus::Ok &&
           talk->until([&] { return contains(tool->said, "got " + line); });
  };
  ASSERT_TRUE(said_again("first\n")) << tool->said;
  for (const std::string command : {"K\n", "k\n"}) {
    tool->said.clear();
    tool->to_say = command;
    ASSERT_TRUE(talk->until([&] { return contains(tool->said, "KEYUPDATE"); })) << tool->said;
    ASSERT_TRUE(said_again("after " + command)) << tool->said;
  }
  EXPECT_EQ(key_updates, 3);  // K and its answer, k
}

class AgainstSServer : public AgainstOpenssl {
 protected:
  void start(const Credential& own, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"s_server",
                                       "-accept",
                                       "127.0.0.1:0",
                                       "-cert",
                                       file("site.crt", own.certificate_pem),
                                       "-key",
                                       file("site.key", own.key_pem),
                                       version()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    tool.emplace(std::move(arguments));
    const std::string before = "ACCEPT 127.0.0.1:";
    Conversation starting(*tool);
    ASSERT_TRUE(starting.until([&] {
      const auto at = tool->said.find(before);
      return at != std::string::npos && tool->said.find('\n', at) != std::string::npos;
    })) << tool->said;
    const auto at = tool->said.find(before) + before.size();
    const std::string port = tool->said.substr(at, tool->said.find('\n', at) - at);
    context = world.client();
    end.emplace(End{.tls = TlsEngine::client(context.get(), kSiteName)});
    talk.emplace(*tool, connect_to_loopback(port), *end);
  }

  TlsContext context;
  std::optional<End> end;
  std::optional<OpensslTool> tool;
  std::optional<Conversation> talk;
};

INSTANTIATE_TEST_SUITE_P(versions, AgainstSServer, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         version_name);

TEST_P(AgainstSServer, a_mebibyte_each_way_under_our_certificate_and_an_abrupt_end) {
  start(world.site,
        {"-CAfile", path("ca.crt"), "-Verify", "1", "-verify_return_error", "-alpn", "http/1.1"});
  ASSERT_TRUE(talk->until([&] { return end->shaken; })) << tool->said;
  const std::string text = mebibyte();
  EXPECT_EQ(end->tls.write(text), TlsStatus::Ok);
  ASSERT_TRUE(talk->until([&] { return contains(tool->said, text); }));
  tool->to_say = text;
  ASSERT_TRUE(talk->until([&] { return end->received.size() >= text.size(); }));
  EXPECT_TRUE(end->received == text);
  EXPECT_EQ(end->tls.peer_certificate()->thumbprint, world.site.thumbprint);
  tool->to_say = "Q\n";  // it hangs up without close_notify
  ASSERT_TRUE(talk->until([&] { return talk->cut(); }));
  EXPECT_EQ(end->status, TlsStatus::WantRead);
}

TEST_P(AgainstSServer, our_certificate_refused_is_told_from_other_alerts) {
  start(world.site, {"-CAfile", file("foreign.crt", world.foreign.certificate_pem()), "-Verify",
                     "1", "-verify_return_error"});
  ASSERT_TRUE(talk->until([&] { return end->tls.failure().has_value(); })) << tool->said;
  EXPECT_EQ(end->failure().kind, TlsFailure::Kind::AlertReceived);
  EXPECT_TRUE(end->failure().certificate_alert);
}

TEST_P(AgainstSServer, a_certificate_for_another_name_is_refused) {
  start(world.ca.issue({.dns = {"site2.sitegate.test"}}), {});
  ASSERT_TRUE(talk->until([&] { return end->tls.failure().has_value(); })) << tool->said;
  EXPECT_EQ(end->failure().kind, TlsFailure::Kind::PeerCertificate);
  EXPECT_FALSE(end->shaken);
  ASSERT_TRUE(talk->until([&] { return contains(tool->said, "alert"); })) << tool->said;
}

TEST_P(AgainstSServer, its_key_updates_are_followed) {
  if (GetParam() != TLS1_3_VERSION) {
    return;  // TLS 1.2 has none
  }
  start(world.site, {});
  ASSERT_TRUE(talk->until([&] { return end->shaken; })) << tool->said;
  int key_updates = 0;
  SSL_set_msg_callback(end->tls.native(), count_key_updates);
  SSL_set_msg_callback_arg(end->tls.native(), &key_updates);
  const auto said_again = [&](const std::string& line) {
    tool->to_say = line;
    return talk->until([&] { return contains(end->received, line); }) &&
           end->tls.write("got " + line) == TlsStatus::Ok &&
           talk->until([&] { return contains(tool->said, "got " + line); });
  };
  ASSERT_TRUE(said_again("0 first\n")) << tool->said;
  for (const std::string command : {"K\n", "k\n"}) {
    const int before = key_updates;
    tool->to_say = command;
    ASSERT_TRUE(talk->until([&] { return key_updates > before; })) << tool->said;
    ASSERT_TRUE(said_again("0 after " + command)) << tool->said;
  }
  EXPECT_EQ(key_updates, 3);  // K and its answer, k
}

}  // namespace
}  // namespace sitegate::test
