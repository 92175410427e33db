#include "tests/support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <fstream>
#include <stdexcept>

namespace sitegate::test {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

void require(bool worked, const char* what) {
  if (!worked) {
    throw std::runtime_error(std::string("test certificates: ") + what);
  }
}

Key make_key(bool weak = false) {
  Key key(weak ? EVP_RSA_gen(1024) : EVP_EC_gen("P-256"), EVP_PKEY_free);
  require(key != nullptr, "no key");
  return key;
}

template <class Write>
std::string pem_of(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  require(bio != nullptr && write(bio.get()) == 1, "cannot write PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string certificate_pem(X509* certificate) {
  return pem_of([certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string private_pem(EVP_PKEY* key, std::string_view passphrase = {}) {
  const EVP_CIPHER* cipher = passphrase.empty() ? nullptr : EVP_aes_256_cbc();
  return pem_of([=](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, passphrase.data(),
                                         static_cast<int>(passphrase.size()), nullptr, nullptr);
  });
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), X509_EXTENSION_free);
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1,
          value.c_str());
}

std::string subject_alternative_names(const CertificateSpec& spec) {
  std::string names;
  const auto append = [&names](const char* type, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      names += (names.empty() ? "" : ",") + std::string(type) + value;
    }
  };
  append("DNS:", spec.dns);
  append("IP:", spec.ip);
  append("URI:", spec.uri);
  return names;
}

const char* extended_key_usage(Purpose purpose) {
  switch (purpose) {
    case Purpose::Server:
      return "serverAuth";
    case Purpose::Client:
      return "clientAuth";
    case Purpose::Both:
      return "serverAuth,clientAuth";
    case Purpose::Unrestricted:
      break;
  }
  return nullptr;
}

// An unsigned certificate with its names and dates; `issuer` null = itself.
Certificate draft(const CertificateSpec& spec, EVP_PKEY* key, X509* issuer) {
  Certificate certificate(X509_new(), X509_free);
  require(certificate != nullptr, "no memory");
  X509* x = certificate.get();
  std::uint64_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "no entropy");
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1U);
  X509_gmtime_adj(X509_getm_notBefore(x), static_cast<long>(spec.valid_from.count()));
  X509_gmtime_adj(X509_getm_notAfter(x), static_cast<long>(spec.valid_until.count()));
  X509_set_pubkey(x, key);
  if (!spec.common_name.empty()) {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1,
                               -1, 0);
  }
  X509_set_issuer_name(x, X509_get_subject_name(issuer != nullptr ? issuer : x));
  return certificate;
}

Certificate make_leaf(const CertificateSpec& spec, EVP_PKEY* key, X509* issuer,
                      EVP_PKEY* signing_key) {
  Certificate certificate = draft(spec, key, issuer);
  X509* x = certificate.get();
  X509* signer = issuer != nullptr ? issuer : x;
  add_extension(x, signer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x, signer, NID_key_usage, "critical,digitalSignature");
  if (const char* usage = extended_key_usage(spec.purpose)) {
    add_extension(x, signer, NID_ext_key_usage, usage);
  }
  const std::string names = subject_alternative_names(spec);
  if (!names.empty()) {
    add_extension(x, signer, NID_subject_alt_name, names);
  }
  add_extension(x, signer, NID_subject_key_identifier, "hash");
  require(X509_sign(x, signing_key, EVP_sha256()) > 0, "cannot sign");
  return certificate;
}

Certificate make_authority(std::string_view name, EVP_PKEY* key, X509* issuer,
                           EVP_PKEY* signing_key, std::string_view dns_domain = {}) {
  Certificate certificate = draft({.common_name = std::string(name)}, key, issuer);
  X509* x = certificate.get();
  X509* signer = issuer != nullptr ? issuer : x;
  add_extension(x, signer, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  if (!dns_domain.empty()) {
    add_extension(x, signer, NID_name_constraints,
                  "critical,permitted;DNS:" + std::string(dns_domain));
  }
  add_extension(x, signer, NID_subject_key_identifier, "hash");
  require(X509_sign(x, signing_key, EVP_sha256()) > 0, "cannot sign");
  return certificate;
}

Credential credential(X509* certificate, EVP_PKEY* key, const std::string& chain_pem) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  require(X509_digest(certificate, EVP_sha256(), digest, &size) == 1, "cannot digest");
  return {certificate_pem(certificate) + chain_pem, private_pem(key),
          std::string(reinterpret_cast<const char*>(digest), size)};
}

}  // namespace

Authority::Authority(std::string_view name) : key_(make_key()) {
  certificate_ = make_authority(name, key_.get(), nullptr, key_.get());
}

std::string Authority::certificate_pem() const {
  return test::certificate_pem(certificate_.get());
}

Credential Authority::issue(const CertificateSpec& spec) const {
  const Key key = make_key(spec.weak);
  const Certificate leaf = make_leaf(spec, key.get(), certificate_.get(), key_.get());
  return credential(leaf.get(), key.get(), chain_pem_);
}

Authority Authority::intermediate(std::string_view name, std::string_view dns_domain) const {
  Authority below;
  below.key_ = make_key();
  below.certificate_ =
      make_authority(name, below.key_.get(), certificate_.get(), key_.get(), dns_domain);
  below.chain_pem_ = below.certificate_pem() + chain_pem_;
  return below;
}

Credential self_signed(const CertificateSpec& spec) {
  const Key key = make_key(spec.weak);
  const Certificate leaf = make_leaf(spec, key.get(), nullptr, key.get());
  return credential(leaf.get(), key.get(), "");
}

KeyPair make_key_pair(std::string_view passphrase) {
  const Key key = make_key();
  return {private_pem(key.get(), passphrase),
          pem_of([&key](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key.get()); })};
}

TempDirectory::TempDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "sitegate-test-XXXXXX").string();
  require(mkdtemp(name.data()) != nullptr, "no temporary directory");
  path_ = name;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

FileRef TempDirectory::file(std::string_view name, std::string_view contents,
                            std::string_view key_path) const {
  const std::filesystem::path path = path_ / name;
  std::ofstream(path, std::ios::binary) << contents;
  return {path, {"test.yaml", 1, 1, std::string(key_path)}};
}

}  // namespace sitegate::test
