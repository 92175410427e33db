#include "routing/transport/certificate_facts.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <new>

#include "config/notations.hpp"
#include "routing/transport/certificate_files.hpp"

namespace sitegate {
namespace {

std::string to_string(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address(const ASN1_OCTET_STRING* octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(octets) == 4 ? AF_INET : AF_INET6;
  const bool whole = family == AF_INET || ASN1_STRING_length(octets) == 16;
  const char* written =
      whole ? ::inet_ntop(family, ASN1_STRING_get0_data(octets), text.data(), text.size())
            : nullptr;
  return written == nullptr ? "" : written;
}

void read_names(const X509* certificate, CertificateFacts& facts) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) {
      facts.dns.push_back(to_string(name->d.dNSName));
    } else if (name->type == GEN_URI) {
      facts.uri.push_back(to_string(name->d.uniformResourceIdentifier));
    } else if (name->type == GEN_IPADD) {
      facts.ip.push_back(address(name->d.iPAddress));
    }
  }
}

template <class Write>
std::string written(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  if (bio == nullptr || !write(bio.get())) {
    throw std::bad_alloc();
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string one_line(const X509_NAME* name) {
  return written(
      [name](BIO* bio) { return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0; });
}

std::string pem(X509* certificate) {
  return written([certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate) == 1; });
}

}  // namespace

std::optional<CertificateFacts> read_certificate_facts(const FileRef& file,
                                                       const std::vector<FileRef>& bundles,
                                                       Problems& problems) {
  Certificates known = read_certificates(file, problems);
  if (known.empty()) {
    return std::nullopt;
  }
  X509* leaf = known.front().get();
  X509* authority = known.back().get();
  std::vector<Certificates> others;
  for (const FileRef& bundle : bundles) {
    others.push_back(read_certificates(bundle, problems));
    for (const CertificatePtr& other : others.back()) {
      if (authority == leaf && X509_check_issued(other.get(), leaf) == X509_V_OK) {
        authority = other.get();
      }
    }
  }
  ERR_clear_error();
  CertificateFacts facts{};
  read_names(leaf, facts);
  facts.thumbprint = pin_text(thumbprint_of(leaf));
  facts.not_after = in_words(X509_get0_notAfter(leaf));
  facts.issuer_is_known = authority != leaf || X509_check_issued(leaf, leaf) == X509_V_OK;
  facts.issuer =
      one_line(authority == leaf ? X509_get_issuer_name(leaf) : X509_get_subject_name(authority));
  facts.authority_pem = pem(authority);
  return facts;
}

}  // namespace sitegate
