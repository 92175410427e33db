#pragma once
// What holds for all connections of a listener, or to a site: versions, suites, certificates, whom
// to believe. Made once at start-up; every mistake is a Problem with its place in the
// configuration.

#include <memory>
#include <optional>
#include <string>

#include "config/problems.hpp"
#include "config/settings.hpp"
#include "routing/transport/certificate_in_use.hpp"
#include "routing/transport/ticket_keys.hpp"

struct ssl_ctx_st;

namespace sitegate {

struct FreeTlsContext {
  void operator()(ssl_ctx_st* context) const noexcept;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeTlsContext>;

/// Our own certificate in a context; nullopt: there is none.
std::optional<CertificateInUse> own_certificate(const ssl_ctx_st* context);

/// For a listener. TLS 1.2 and 1.3, AEAD suites with forward secrecy only, ALPN h2 (where
/// the listener says so) and http/1.1, no renegotiation, no compression, no 0-RTT. `callers`:
/// tickets by `tickets`, no client certificate is asked for. `peers`: a client certificate that
/// `client_ca` signed is required (its purpose must allow clientAuth), no tickets, no resumption.
/// Null when something was added to `problems`.
TlsContext make_server_context(const ListenerSettings& listener,
                               std::shared_ptr<TicketKeys> tickets, Problems& problems);

/// For links to a site. The chain must lead to `trust.ca` (when given) and the leaf must be one of
/// `trust.pins` (when given); its SAN must carry `tls_name` (DNS, or IP when it is an address),
/// never the CN; purpose serverAuth; dates valid (pins only: the leaf's own dates are still
/// checked). Speaks with the site's client certificate; ALPN h2 (unless `links.http2` says no) and
/// http/1.1; sessions are not resumed.
TlsContext make_client_context(const RemoteSiteSettings& site, Problems& problems);

/// SHA-256 thumbprint (32 raw octets) of the first certificate of a PEM file; empty + problem when
/// it cannot be read.
std::string certificate_thumbprint(const FileRef& certificate, Problems& problems);

}  // namespace sitegate
