#include "routing/transport/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "routing/transport/certificate_files.hpp"

namespace sitegate {
namespace {

struct Pins {
  std::vector<std::string> thumbprints;
  bool issuer_too;  // the chain must lead to the CA as well
};

// Forward secrecy and AEAD only. TLS 1.3 has no other suites; OpenSSL's choice of them is kept.
constexpr const char* kTls12Suites = "ECDHE+AESGCM:ECDHE+CHACHA20";
// In the order of preference (RFC 7301 3.1); a context without HTTP/2 offers what begins at kHttp1.
constexpr unsigned char kAlpn[] = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr std::span<const unsigned char> kHttp2{kAlpn};
constexpr std::span<const unsigned char> kHttp1 = kHttp2.subspan(3);
constexpr unsigned char kSessionContext[] = "sitegate";
constexpr long kTicketLifetime = std::chrono::seconds(TicketKeys::kRead).count();

// For calls that fail only without memory.
void require(bool worked) {
  if (!worked) {
    ERR_clear_error();
    throw std::bad_alloc();
  }
}

// As whom `context` speaks.
void use_identity(SSL_CTX* context, const FileRef& certificate_file, const FileRef& key_file,
                  bool for_server, Problems& problems) {
  const Certificates chain = read_certificates(certificate_file, problems);
  const KeyPtr key = read_key(key_file, problems);
  if (chain.empty()) {
    return;
  }
  X509* leaf = chain.front().get();
  check_own_leaf(leaf, for_server, certificate_file, problems);
  if (key == nullptr) {
    return;
  }
  if (X509_check_private_key(leaf, key.get()) != 1) {
    ERR_clear_error();
    problems.add(
        key_file.origin,
        quoted(key_file) + " is not the key of the certificate " + quoted(certificate_file),
        "name the private key that belongs to the first certificate of that file");
    return;
  }
  if (SSL_CTX_use_cert_and_key(context, leaf, key.get(), nullptr, 1) != 1) {
    problems.add(certificate_file.origin,
                 quoted(certificate_file) + " cannot be used: " + openssl_words(),
                 "use a certificate with an EC key, or an RSA key of 2048 bits or more");
    return;
  }
  for (auto issuer = chain.begin() + 1; issuer != chain.end(); ++issuer) {
    if (SSL_CTX_add1_chain_cert(context, issuer->get()) != 1) {
      problems.add(
          certificate_file.origin,
          "an issuer in " + quoted(certificate_file) + " cannot be used: " + openssl_words(),
          "use a chain with EC keys, or RSA keys of 2048 bits or more");
      return;
    }
  }
}

// Who is named in `file` is believed, be it a root or not.
void believe(SSL_CTX* context, const FileRef& file, Problems& problems) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const CertificatePtr& authority : read_certificates(file, problems)) {
    require(X509_STORE_add_cert(store, authority.get()) == 1);
  }
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
}

TlsContext make_context(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method));
  require(context != nullptr);
  SSL_CTX* ctx = context.get();
  // Said in full, so that openssl.cnf of the machine changes nothing.
  SSL_CTX_set_security_level(ctx, 2);
  require(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
          SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
          SSL_CTX_set_cipher_list(ctx, kTls12Suites) == 1);
  SSL_CTX_clear_options(ctx, SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Our chain is what its file holds, not what happens to be found among those we believe.
  SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(ctx, 0);
  SSL_CTX_set_recv_max_early_data(ctx, 0);
  return context;
}

// A client that offers ALPN, but nothing that is spoken here, is refused (RFC 7301 3.2).
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void* spoken) {
  const auto& ours = *static_cast<const std::span<const unsigned char>*>(spoken);
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, ours.data(),
                            static_cast<unsigned int>(ours.size()), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

void release_pins(void*, void* pins, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Pins*>(pins);
}

int pins_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, release_pins);
  return index;
}

// Replaces the verification where pins are given. Without a CA a pinned leaf is its own trust
// anchor: OpenSSL then checks its name, dates and purpose as ever, but asks for no issuer.
int check_pins(X509_STORE_CTX* verification, void*) noexcept {
  try {
    const auto* ssl = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto& pins =
        *static_cast<const Pins*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), pins_index()));
    X509* leaf = X509_STORE_CTX_get0_cert(verification);
    if (std::ranges::find(pins.thumbprints, thumbprint_of(leaf)) == pins.thumbprints.end()) {
      X509_STORE_CTX_set_error(verification, X509_V_ERR_CERT_REJECTED);
      return 0;
    }
    if (pins.issuer_too) {
      return X509_verify_cert(verification);
    }
    const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> anchor(
        sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
    require(anchor != nullptr && sk_X509_push(anchor.get(), leaf) > 0);
    X509_STORE_CTX_set0_trusted_stack(verification, anchor.get());
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(verification), X509_V_FLAG_PARTIAL_CHAIN);
    return X509_verify_cert(verification);
  } catch (...) {  // nothing may be thrown through OpenSSL
    X509_STORE_CTX_set_error(verification, X509_V_ERR_OUT_OF_MEM);
    return 0;
  }
}

void use_pins(SSL_CTX* context, const TrustSettings& trust) {
  auto pins = std::make_unique<Pins>(Pins{trust.pins, trust.ca.has_value()});
  require(SSL_CTX_set_ex_data(context, pins_index(), pins.get()) == 1);
  pins.release();  // now the context's
  SSL_CTX_set_cert_verify_callback(context, check_pins, nullptr);
}

// The name is looked for in the SAN alone (RFC 9525 6.3), `*` stands for a whole label only.
void expect_name(SSL_CTX* context, const std::string& name) {
  X509_VERIFY_PARAM* expected = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(
      expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) != 1) {
    require(X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size()) == 1);
  }
  ERR_clear_error();
}

}  // namespace

void FreeTlsContext::operator()(SSL_CTX* context) const noexcept {
  SSL_CTX_free(context);
}

TlsContext make_server_context(const ListenerSettings& listener,
                               std::shared_ptr<TicketKeys> tickets, Problems& problems) {
  const std::size_t problems_before = problems.size();
  TlsContext context = make_context(TLS_server_method());
  SSL_CTX* ctx = context.get();
  use_identity(ctx, listener.certificate, listener.key, true, problems);
  const auto& spoken = listener.http2 ? kHttp2 : kHttp1;
  SSL_CTX_set_alpn_select_cb(ctx, select_protocol,
                             const_cast<void*>(static_cast<const void*>(&spoken)));
  SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
  require(SSL_CTX_set_session_id_context(ctx, kSessionContext, sizeof kSessionContext - 1) == 1);
  if (listener.kind == ListenerKind::Peers) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    if (listener.client_ca) {
      believe(ctx, *listener.client_ca, problems);
    } else {
      problems.add(listener.origin, "a listener for peers does not say whom to believe",
                   "add client_ca: a PEM file with the authorities of the peers' certificates");
    }
  } else {
    SSL_CTX_set_timeout(ctx, kTicketLifetime);
    SSL_CTX_set_num_tickets(ctx, 1);  // each resumption brings the next one
    use_ticket_keys(ctx, std::move(tickets));
  }
  return problems.size() == problems_before ? std::move(context) : nullptr;
}

TlsContext make_client_context(const RemoteSiteSettings& site, Problems& problems) {
  const std::size_t problems_before = problems.size();
  TlsContext context = make_context(TLS_client_method());
  SSL_CTX* ctx = context.get();
  if (!site.client_certificate.path.empty())
    use_identity(ctx, site.client_certificate, site.client_key, false, problems);
  const auto& spoken = site.links.http2 ? kHttp2 : kHttp1;
  require(SSL_CTX_set_alpn_protos(ctx, spoken.data(), static_cast<unsigned int>(spoken.size())) ==
          0);
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
  expect_name(ctx, site.tls_name);
  if (site.trust.ca) {
    believe(ctx, *site.trust.ca, problems);
  }
  if (!site.trust.pins.empty()) {
    use_pins(ctx, site.trust);
  }
  return problems.size() == problems_before ? std::move(context) : nullptr;
}

std::optional<CertificateInUse> own_certificate(const ssl_ctx_st* context) {
  const X509* leaf = context == nullptr ? nullptr : SSL_CTX_get0_certificate(context);
  return leaf == nullptr ? std::nullopt : std::optional(in_use(leaf));
}

std::string certificate_thumbprint(const FileRef& certificate, Problems& problems) {
  const Certificates chain = read_certificates(certificate, problems);
  return chain.empty() ? std::string() : thumbprint_of(chain.front().get());
}

}  // namespace sitegate
