#include "routing/transport/certificate_files.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <new>
#include <system_error>

namespace sitegate {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

// Null + problem when it cannot be opened.
BioPtr open(const FileRef& file, Problems& problems) {
  ERR_clear_error();
  BioPtr bio(BIO_new_file(file.path.c_str(), "rb"), BIO_free);
  if (bio == nullptr) {
    problems.add(file.origin, quoted(file) + " cannot be read: " + openssl_words(),
                 "name a file that sitegate may read");
  }
  return bio;
}

// An encrypted key is a problem to be reported, not a question on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

CertificateInUse in_use(const X509* certificate) {
  std::tm end{};
  const bool is_time = ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1;
  return {thumbprint_of(certificate), is_time ? std::int64_t{::timegm(&end)} * 1000 : -1};
}

std::string in_words(const ASN1_TIME* time) {
  const BioPtr bio(BIO_new(BIO_s_mem()), BIO_free);
  if (bio == nullptr || ASN1_TIME_print(bio.get(), time) != 1) {
    throw std::bad_alloc();
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string thumbprint_of(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) {
    ERR_clear_error();
    throw std::bad_alloc();
  }
  return {reinterpret_cast<const char*>(digest), size};
}

std::string quoted(const FileRef& file) {
  return "\"" + file.path.string() + "\"";
}

std::string openssl_words() {
  // The first is the cause, the others say where it was met.
  const unsigned long error = ERR_peek_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) {
    return std::system_category().message(ERR_GET_REASON(error));
  }
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "no reason given";
}

Certificates read_certificates(const FileRef& file, Problems& problems) {
  Certificates certificates;
  const BioPtr bio = open(file, problems);
  if (bio == nullptr) {
    return certificates;
  }
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate, X509_free);
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    problems.add(file.origin,
                 "certificate " + std::to_string(certificates.size() + 1) + " of " + quoted(file) +
                     " is damaged: " + openssl_words(),
                 "replace it by an intact PEM certificate");
    certificates.clear();
  } else if (certificates.empty()) {
    problems.add(file.origin, quoted(file) + " holds no PEM certificate",
                 "name a file with \"-----BEGIN CERTIFICATE-----\"");
  }
  ERR_clear_error();
  return certificates;
}

KeyPtr read_key(const FileRef& file, Problems& problems) {
  KeyPtr key(nullptr, EVP_PKEY_free);
  const BioPtr bio = open(file, problems);
  if (bio == nullptr) {
    return key;
  }
  key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) {
    problems.add(file.origin, quoted(file) + " holds no usable private key: " + openssl_words(),
                 "name a PEM file with a private key that is not encrypted");
  }
  ERR_clear_error();
  return key;
}

void check_own_leaf(X509* leaf, bool for_server, const FileRef& file, Problems& problems) {
  if (X509_cmp_current_time(X509_get0_notAfter(leaf)) <= 0) {
    problems.add(file.origin, quoted(file) + " expired on " + in_words(X509_get0_notAfter(leaf)),
                 "renew the certificate");
  }
  if (X509_cmp_current_time(X509_get0_notBefore(leaf)) > 0) {
    problems.add(file.origin,
                 quoted(file) + " is not valid before " + in_words(X509_get0_notBefore(leaf)),
                 "check the clock of this machine, or replace the certificate");
  }
  const int purpose = for_server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT;
  if (X509_check_purpose(leaf, purpose, 0) != 1) {
    problems.add(file.origin,
                 quoted(file) + " may not be used as the certificate of a TLS " +
                     (for_server ? "server" : "client"),
                 std::string("use one whose extended key usage holds ") +
                     (for_server ? "serverAuth" : "clientAuth"));
  }
}

}  // namespace sitegate
