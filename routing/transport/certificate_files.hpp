#pragma once
// Certificates and keys out of PEM files, with what is wrong with them. For the other files of
// transport/ that hold certificates.

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "config/problems.hpp"
#include "routing/transport/certificate_in_use.hpp"

namespace sitegate {

using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using Certificates = std::vector<CertificatePtr>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// All certificates of a PEM file in their order; empty + problem when there is none or one is bad.
Certificates read_certificates(const FileRef& file, Problems& problems);

/// A private key that is not encrypted; null + problem.
KeyPtr read_key(const FileRef& file, Problems& problems);

/// Adds what every other side would refuse about our own leaf: dates and purpose (serverAuth when
/// `for_server`, else clientAuth).
void check_own_leaf(X509* leaf, bool for_server, const FileRef& file, Problems& problems);

/// SHA-256 of its DER form, 32 raw octets.
std::string thumbprint_of(const X509* certificate);

/// `Nov 25 18:24:00 2026 GMT`.
std::string in_words(const ASN1_TIME* time);

/// What others may know of it.
CertificateInUse in_use(const X509* certificate);

/// The path as problems show it.
std::string quoted(const FileRef& file);

/// What OpenSSL says of the last failure; empties its error queue.
std::string openssl_words();

}  // namespace sitegate
