#include "routing/transport/tls_engine.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <new>
#include <utility>

#include "routing/transport/certificate_files.hpp"
#include "routing/transport/client_certificate.hpp"
#include "routing/transport/tls_wire.hpp"

namespace sitegate {
namespace {

constexpr int kMostRecordsWithoutData = 32;
constexpr std::size_t kRecordSize = 16384;
constexpr std::size_t kRecordOverhead = 32;  // header, nonce or content type, tag: 22 or 29

// RFC 8446 6.2; no_certificate (41) is from SSL 3.0 and still sent by some.
bool is_about_certificate(int alert) {
  switch (alert) {
    case 41:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

// Empties the thread's error queue into words and a cause.
TlsFailure take_failure(const SSL* ssl) {
  TlsFailure failure;
  while (const unsigned long error = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(error);
    failure.detail += failure.detail.empty() ? "" : "; ";
    failure.detail += reason != nullptr ? reason : "error " + std::to_string(error);
    if (ERR_GET_LIB(error) != ERR_LIB_SSL) {
      continue;
    }
    const int code = ERR_GET_REASON(error);
    if (code > SSL_AD_REASON_OFFSET) {
      failure.kind = TlsFailure::Kind::AlertReceived;
      failure.certificate_alert = is_about_certificate(code - SSL_AD_REASON_OFFSET);
    } else if (code == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
      failure.kind = TlsFailure::Kind::PeerCertificate;
    } else if (code == SSL_R_CERTIFICATE_VERIFY_FAILED) {
      failure.kind = TlsFailure::Kind::PeerCertificate;
      const long verdict = SSL_get_verify_result(ssl);
      failure.detail += std::string(": ") + X509_verify_cert_error_string(verdict);
      if (verdict == X509_V_ERR_CERT_REJECTED) {  // see check_pins in tls_context.cpp
        failure.detail += ": it is none of the pinned ones";
      }
    }
  }
  if (failure.detail.empty()) {
    failure.detail = "OpenSSL gave no reason";
  }
  return failure;
}

bool is_address(const std::string& name) {
  const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> address(
      a2i_IPADDRESS(name.c_str()), ASN1_OCTET_STRING_free);
  return address != nullptr;
}

/// What is left by others would be taken for an error of ours. Emptying costs more than looking.
void forget_errors() {
  if (ERR_peek_error() != 0)
    ERR_clear_error();
}

struct FreeSsl {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};

}  // namespace

struct TlsEngine::State {
  TlsWire wire;
  std::string blocked;       // plain text that waits for the rest of a post-handshake message
  bool goodbye_due = false;  // close_notify is to be said when nothing is blocked
  std::optional<TlsFailure> failure;
  std::unique_ptr<SSL, FreeSsl> ssl;  // last: refers to `wire`

  explicit State(SSL_CTX* context) : ssl(SSL_new(context)) {
    BIO* bio = BIO_new(tls_wire_method());
    if (ssl == nullptr || bio == nullptr) {
      BIO_free(bio);
      ERR_clear_error();
      throw std::bad_alloc();
    }
    BIO_set_data(bio, &wire);
    SSL_set_bio(ssl.get(), bio, bio);
    // A blocked write is repeated from `blocked`, that is from another place.
    SSL_set_mode(ssl.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Records without data come out as WANT_READ, so that read() can count them.
    SSL_clear_mode(ssl.get(), SSL_MODE_AUTO_RETRY);
  }

  // Then SSL_read would only get itself a buffer and give it back.
  bool nothing_to_read() const {
    return wire.in.empty() && SSL_has_pending(ssl.get()) == 0 &&
           (SSL_get_shutdown(ssl.get()) & SSL_RECEIVED_SHUTDOWN) == 0;
  }

  // What it means that an OpenSSL call did not succeed.
  TlsStatus outcome(int result) {
    switch (SSL_get_error(ssl.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return TlsStatus::WantRead;
      case SSL_ERROR_ZERO_RETURN:
        wire.in = {};
        return TlsStatus::Closed;
      default:
        return fail(take_failure(ssl.get()));
    }
  }

  TlsStatus fail(TlsFailure why) {
    failure = std::move(why);
    wire.in = {};
    return TlsStatus::Failed;
  }

  TlsStatus encrypt(std::string_view plain) {
    std::size_t done = 0;
    forget_errors();
    const int result = SSL_write_ex(ssl.get(), plain.data(), plain.size(), &done);
    return result == 1 ? TlsStatus::Ok : outcome(result);
  }

  // Does what had to wait: blocked plain text, then close_notify.
  void catch_up() {
    if (!blocked.empty() && !failure && encrypt(blocked) == TlsStatus::Ok) {
      std::string().swap(blocked);
    }
    if (goodbye_due && blocked.empty() && !failure && SSL_in_init(ssl.get()) == 0) {
      ERR_clear_error();
      SSL_shutdown(ssl.get());
      goodbye_due = false;
    }
  }
};

TlsEngine::TlsEngine(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsEngine::TlsEngine(TlsEngine&&) noexcept = default;
TlsEngine& TlsEngine::operator=(TlsEngine&&) noexcept = default;
TlsEngine::~TlsEngine() = default;

TlsEngine TlsEngine::server(ssl_ctx_st* context) {
  auto state = std::make_unique<State>(context);
  SSL_set_accept_state(state->ssl.get());
  return TlsEngine(std::move(state));
}

TlsEngine TlsEngine::client(ssl_ctx_st* context, std::string_view server_name) {
  auto state = std::make_unique<State>(context);
  const std::string name(server_name);
  if (!is_address(name)) {
    SSL_set_tlsext_host_name(state->ssl.get(), name.c_str());
  }
  SSL_set_connect_state(state->ssl.get());
  return TlsEngine(std::move(state));
}

void TlsEngine::feed(std::span<const std::byte> wire) {
  state_->wire.feed(wire);
}

TlsStatus TlsEngine::handshake() {
  State& state = *state_;
  if (state.failure) {
    return TlsStatus::Failed;
  }
  ERR_clear_error();
  const int result = SSL_do_handshake(state.ssl.get());
  const TlsStatus status = result == 1 ? TlsStatus::Ok : state.outcome(result);
  state.wire.keep();
  return status;
}

TlsStatus TlsEngine::read(std::span<char> out, std::size_t& produced) {
  State& state = *state_;
  TlsStatus status = state.failure ? TlsStatus::Failed : TlsStatus::Ok;
  int without_data = 0;
  produced = 0;
  while (status == TlsStatus::Ok && produced < out.size()) {
    if (state.nothing_to_read()) {
      status = TlsStatus::WantRead;
      break;
    }
    std::size_t size = 0;
    forget_errors();
    const int result =
        SSL_read_ex(state.ssl.get(), out.data() + produced, out.size() - produced, &size);
    if (result == 1) {
      produced += size;
      without_data = 0;
      continue;
    }
    status = state.outcome(result);
    if (status == TlsStatus::WantRead && !state.wire.in.empty()) {
      status = ++without_data <= kMostRecordsWithoutData
                   ? TlsStatus::Ok
                   : state.fail({.detail = "too many records without data"});
    }
  }
  state.wire.keep();
  state.catch_up();
  return produced > 0 ? TlsStatus::Ok : status;
}

bool TlsEngine::holds_part() const noexcept {
  const SSL* ssl = state_->ssl.get();
  // "RB": the head of a record has been read and its body has not; then nothing is pending.
  return !state_->wire.in.empty() || SSL_has_pending(ssl) != 0 ||
         std::string_view(SSL_rstate_string(ssl)) == "RB";
}

TlsStatus TlsEngine::write(std::string_view plain) {
  State& state = *state_;
  if (state.failure) {
    return TlsStatus::Failed;
  }
  if (plain.empty()) {
    return TlsStatus::Ok;
  }
  if (state.blocked.empty()) {
    std::string& out = state.wire.out;
    out.reserve(out.size() + plain.size() + (plain.size() / kRecordSize + 1) * kRecordOverhead);
    const TlsStatus status = state.encrypt(plain);
    if (status != TlsStatus::WantRead) {
      return status;
    }
  }
  state.blocked += plain;
  return TlsStatus::Ok;
}

void TlsEngine::close() {
  state_->goodbye_due = true;
  state_->catch_up();
}

std::string_view TlsEngine::output() const noexcept {
  return std::string_view(state_->wire.out).substr(state_->wire.sent);
}

void TlsEngine::sent(std::size_t n) {
  state_->wire.drop(n);
}

const std::optional<TlsFailure>& TlsEngine::failure() const noexcept {
  return state_->failure;
}

std::optional<ClientCertificate> TlsEngine::peer_certificate() const {
  X509* leaf = SSL_get0_peer_certificate(state_->ssl.get());
  if (leaf == nullptr) {
    return std::nullopt;
  }
  return client_certificate(leaf);
}

std::optional<CertificateInUse> TlsEngine::peer_certificate_in_use() const {
  const X509* leaf = SSL_get0_peer_certificate(state_->ssl.get());
  return leaf == nullptr ? std::nullopt : std::optional(in_use(leaf));
}

bool TlsEngine::resumed() const noexcept {
  return SSL_session_reused(state_->ssl.get()) == 1;
}
std::string_view TlsEngine::protocol() const noexcept {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(state_->ssl.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}
std::string_view TlsEngine::version() const noexcept {
  return SSL_get_version(state_->ssl.get());
}
ssl_st* TlsEngine::native() noexcept {
  return state_->ssl.get();
}

}  // namespace sitegate
