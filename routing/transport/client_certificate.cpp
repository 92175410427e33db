#include "routing/transport/client_certificate.hpp"

#include <openssl/x509v3.h>

#include <memory>

#include "routing/transport/certificate_files.hpp"

namespace sitegate {
namespace {

std::string to_string(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

}  // namespace

ClientCertificate client_certificate(const X509* leaf) {
  ClientCertificate certificate{thumbprint_of(leaf), {}, {}};
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_URI)
      certificate.san_uri.push_back(to_string(name->d.uniformResourceIdentifier));
    else if (name->type == GEN_DNS)
      certificate.san_dns.push_back(to_string(name->d.dNSName));
  }
  return certificate;
}

}  // namespace sitegate
