#include "tests/unit/transport/tls_world.hpp"

#include <algorithm>
#include <stdexcept>

namespace sitegate::test {
namespace {

TlsContext without_problems(TlsContext context, const Problems& problems) {
  if (context == nullptr || !problems.empty()) {
    throw std::runtime_error(problems.to_string());
  }
  return context;
}

TlsContext plain(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method));
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "ALL");
  return context;
}

void use(SSL_CTX* context, const Credential& credential) {
  const TempDirectory files;
  const FileRef certificate = files.file("crt", credential.certificate_pem);
  const FileRef key = files.file("key", credential.key_pem);
  if (SSL_CTX_use_certificate_chain_file(context, certificate.path.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key.path.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("a certificate of a test cannot be used");
  }
}

}  // namespace

void End::drive() {
  if (!shaken) {
    status = tls.handshake();
    shaken = status == TlsStatus::Ok;
  }
  std::string buffer(16384, '\0');
  while (shaken) {
    std::size_t produced = 0;
    status = tls.read(buffer, produced);
    EXPECT_EQ(status == TlsStatus::Ok, produced > 0);
    if (status != TlsStatus::Ok) {
      return;
    }
    received.append(buffer, 0, produced);
  }
}

void End::take(std::string_view wire) {
  std::string buffer(wire);
  tls.feed(std::as_bytes(std::span(buffer)));
  drive();
  std::ranges::fill(buffer, '\xee');
}

TlsFailure End::failure() const {
  EXPECT_EQ(status, TlsStatus::Failed);
  EXPECT_TRUE(tls.failure().has_value());
  return tls.failure().value_or(TlsFailure{});
}

Pair::Pair(SSL_CTX* client_context, SSL_CTX* server_context, std::string_view server_name)
    : client{.tls = TlsEngine::client(client_context, server_name)},
      server{.tls = TlsEngine::server(server_context)} {}

void Pair::carry(End& from, End& to, std::size_t step) {
  while (!from.tls.output().empty()) {
    const std::string wire(from.tls.output().substr(0, step));
    from.tls.sent(wire.size());
    to.take(wire);
  }
}

void Pair::run(std::size_t step) {
  if (!client.shaken && client.status == TlsStatus::WantRead) {
    client.drive();
  }
  while (!client.tls.output().empty() || !server.tls.output().empty()) {
    carry(client, server, step);
    carry(server, client, step);
  }
}

TlsContext TlsWorld::server(const Credential& credential, ListenerKind kind) {
  const std::string number = std::to_string(++files_made_);
  ListenerSettings listener;
  listener.kind = kind;
  listener.certificate = files.file(number + ".crt", credential.certificate_pem);
  listener.key = files.file(number + ".key", credential.key_pem);
  if (kind == ListenerKind::Peers) {
    listener.client_ca = files.file("ca.crt", ca.certificate_pem());
  }
  Problems problems;
  TlsContext context = make_server_context(listener, tickets, problems);
  return without_problems(std::move(context), problems);
}

TlsContext TlsWorld::client(const Trust& trust) {
  const std::string number = std::to_string(++files_made_);
  const Credential& own = trust.own != nullptr ? *trust.own : other_site;
  RemoteSiteSettings settings;
  settings.tls_name = trust.tls_name;
  settings.client_certificate = files.file(number + ".crt", own.certificate_pem);
  settings.client_key = files.file(number + ".key", own.key_pem);
  settings.trust.pins = trust.pins;
  if (trust.ca) {
    settings.trust.ca = files.file("ca.crt", ca.certificate_pem());
  }
  Problems problems;
  TlsContext context = make_client_context(settings, problems);
  SSL_CTX_set_max_proto_version(context.get(), trust.version);
  return without_problems(std::move(context), problems);
}

TlsContext TlsWorld::plain_client(const Credential* own) {
  TlsContext context = plain(TLS_client_method());
  if (own != nullptr) {
    use(context.get(), *own);
  }
  return context;
}

TlsContext TlsWorld::plain_server(const Credential& own) {
  TlsContext context = plain(TLS_server_method());
  use(context.get(), own);
  return context;
}

std::string version_name(const testing::TestParamInfo<int>& version) {
  return version.param == TLS1_3_VERSION ? "tls13" : "tls12";
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (char& octet : text) {
    state = state * 1664525U + 1013904223U;
    octet = static_cast<char>(state >> 24U);
  }
  return text;
}

}  // namespace sitegate::test
