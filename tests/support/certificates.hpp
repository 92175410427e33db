#pragma once
// Throw-away certificates for tests: an authority, what it signs, and a directory to put it into.
//
//   Authority ca{"test CA"};
//   Credential site = ca.issue({.dns = {"site1.sitegate.test"}, .ip = {"127.0.0.1"}});
//   TempDirectory files;
//   listener.certificate = files.file("site.crt", site.certificate_pem);
//   listener.key = files.file("site.key", site.key_pem);
//   listener.client_ca = files.file("ca.crt", ca.certificate_pem());
//
// Keys are P-256 (an RSA key of 1024 bits when `weak`), new in every process. A failing OpenSSL
// call throws std::runtime_error.

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

struct evp_pkey_st;
struct x509_st;

namespace sitegate::test {

/// What the extended key usage of a certificate allows.
enum class Purpose { Server, Client, Both, Unrestricted };

struct CertificateSpec {
  std::string common_name{};  ///< the subject's CN; empty = a subject without one
  std::vector<std::string> dns{};
  std::vector<std::string> ip{};   ///< "127.0.0.1", "::1"
  std::vector<std::string> uri{};  ///< "sitegate:site:site1"
  Purpose purpose = Purpose::Both;
  bool weak = false;  ///< with a key that nobody should accept any more
  std::chrono::seconds valid_from = -std::chrono::hours{1};  ///< from now on
  std::chrono::seconds valid_until = std::chrono::hours{24};
};

struct Credential {
  std::string certificate_pem;  ///< leaf first, then the intermediates, without the root
  std::string key_pem;          ///< PKCS#8, not encrypted
  std::string thumbprint;       ///< SHA-256 over the leaf's DER form, 32 raw octets
};

/// Signs certificates. Copies share one key.
class Authority {
 public:
  /// A root with a new key.
  explicit Authority(std::string_view name);

  /// Its own certificate.
  std::string certificate_pem() const;

  Credential issue(const CertificateSpec& spec) const;

  /// An authority below this one; what it issues carries the chain. With `dns_domain` it may issue
  /// for names below that domain only (name constraints, RFC 5280 4.2.1.10).
  Authority intermediate(std::string_view name, std::string_view dns_domain = {}) const;

 private:
  Authority() = default;

  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
  std::string chain_pem_;  // what a leaf must bring along: intermediates, none below a root
};

/// A certificate that signs itself.
Credential self_signed(const CertificateSpec& spec);

/// A P-256 key pair in PEM, for statements; the private key is encrypted when there is a
/// passphrase.
struct KeyPair {
  std::string private_pem;
  std::string public_pem;
};
KeyPair make_key_pair(std::string_view passphrase = {});

/// A fresh directory, removed with all that is in it.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

  /// Writes a file and names it as a configuration would. `key_path` goes into its origin.
  FileRef file(std::string_view name, std::string_view contents,
               std::string_view key_path = "test") const;

 private:
  std::filesystem::path path_;
};

}  // namespace sitegate::test
