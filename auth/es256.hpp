#pragma once
// ES256 (RFC 7518 section 3.4): ECDSA on P-256 with SHA-256, the signature as the 64 octets r || s.
// The only file pair that knows OpenSSL's keys. Keys are immutable: any thread, at once.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/problems.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace sitegate {

struct FreeKey {
  void operator()(evp_pkey_st* key) const noexcept;
};
using KeyHandle = std::unique_ptr<evp_pkey_st, FreeKey>;

class Es256PrivateKey {
 public:
  /// An unencrypted PEM private key on P-256; everything else is a problem and nullopt.
  static std::optional<Es256PrivateKey> load(const FileRef& file, Problems& problems);

  /// 64 octets; nullopt when OpenSSL cannot (no memory, no randomness).
  std::optional<std::string> sign(std::string_view text) const;

  /// Its public half as a JWK in one line.
  std::string public_jwk() const;

 private:
  explicit Es256PrivateKey(KeyHandle key) : key_(std::move(key)) {}
  KeyHandle key_;
};

class Es256PublicKey {
 public:
  /// A public key on P-256 in PEM, or as a JWK; everything else is a problem and nullopt.
  static std::optional<Es256PublicKey> load(const FileRef& file, Problems& problems);
  static std::optional<Es256PublicKey> from_jwk(std::string_view text, const Origin& origin,
                                                Problems& problems);

  /// False for a signature that is not 64 octets, too.
  bool verify(std::string_view text, std::string_view signature) const;

 private:
  explicit Es256PublicKey(KeyHandle key) : key_(std::move(key)) {}
  KeyHandle key_;
};

}  // namespace sitegate
