#include "auth/es256.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include <array>
#include <fstream>
#include <new>

#include "auth/jwk.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kMaxKeyFile = 65536;
constexpr int kCoordinateOctets = 32;
constexpr std::size_t kSignatureOctets = 2 * kCoordinateOctets;

/// Leaves OpenSSL's error queue of this thread as it was: what a bad signature leaves behind would
/// otherwise be taken for an error of the next TLS operation.
class QuietErrors {
 public:
  QuietErrors() { ERR_set_mark(); }
  ~QuietErrors() { ERR_pop_to_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

struct Free {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(BIGNUM* number) const noexcept { BN_free(number); }
  void operator()(ECDSA_SIG* signature) const noexcept { ECDSA_SIG_free(signature); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* octets_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string shown(const std::filesystem::path& path) {
  return '`' + path.string() + '`';
}

std::optional<std::string> read_key_file(const FileRef& file, Problems& problems) {
  std::ifstream in(file.path, std::ios::binary);
  std::string text(kMaxKeyFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (!text.empty() && text.size() <= kMaxKeyFile && !in.bad())
    return text;
  problems.add(file.origin,
               file.path.string() +
                   (text.empty() ? " cannot be read or is empty" : " is too long to be a key"),
               "name a readable file with the key");
  return std::nullopt;
}

/// Without this OpenSSL would ask for a pass phrase on the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

using PemReader = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);

KeyHandle read_p256(PemReader read, const std::string& pem) {
  const QuietErrors quiet;
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyHandle key(bio ? read(bio.get(), nullptr, no_pass_phrase, nullptr) : nullptr);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC)
    return nullptr;
  std::array<char, 64> curve{};
  if (EVP_PKEY_get_group_name(key.get(), curve.data(), curve.size(), nullptr) != 1 ||
      std::string_view(curve.data()) != SN_X9_62_prime256v1)
    return nullptr;
  return key;
}

/// nullptr: it is no point of the curve.
KeyHandle p256_from(const P256Point& point) {
  const QuietErrors quiet;
  std::string curve = SN_X9_62_prime256v1;
  std::string octets = '\x04' + point.x + point.y;  // uncompressed (SEC 1, 2.3.3)
  std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), curve.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
      OSSL_PARAM_construct_end()};
  const Owned<EVP_PKEY_CTX> making(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  if (!making || EVP_PKEY_fromdata_init(making.get()) != 1 ||
      EVP_PKEY_fromdata(making.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.data()) != 1)
    return nullptr;
  KeyHandle key(made);
  const Owned<EVP_PKEY_CTX> checking(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  return checking && EVP_PKEY_public_check(checking.get()) == 1 ? std::move(key) : nullptr;
}

std::string coordinate_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  const bool found = EVP_PKEY_get_bn_param(key, name, &number) == 1;
  const Owned<BIGNUM> owned(number);
  std::string octets(kCoordinateOctets, '\0');
  if (!found || BN_bn2binpad(number, octets_of(octets), kCoordinateOctets) < 0)
    throw std::bad_alloc();  // a key on P-256 has both
  return octets;
}

/// RFC 7518 section 3.4: both numbers in full width, one after the other.
std::optional<std::string> joined_from_der(std::string_view der) {
  const unsigned char* at = octets_of(der);
  const Owned<ECDSA_SIG> pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string joined(kSignatureOctets, '\0');
  unsigned char* out = octets_of(joined);
  if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, kCoordinateOctets) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + kCoordinateOctets, kCoordinateOctets) < 0)
    return std::nullopt;
  return joined;
}

std::optional<std::string> der_from_joined(std::string_view joined) {
  const unsigned char* in = octets_of(joined);
  Owned<BIGNUM> r(BN_bin2bn(in, kCoordinateOctets, nullptr));
  Owned<BIGNUM> s(BN_bin2bn(in + kCoordinateOctets, kCoordinateOctets, nullptr));
  const Owned<ECDSA_SIG> pair(ECDSA_SIG_new());
  if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1)
    return std::nullopt;
  static_cast<void>(r.release());  // the pair owns them now
  static_cast<void>(s.release());
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0)
    return std::nullopt;
  std::string der(static_cast<std::size_t>(size), '\0');
  unsigned char* out = octets_of(der);
  i2d_ECDSA_SIG(pair.get(), &out);
  return der;
}

}  // namespace

void FreeKey::operator()(evp_pkey_st* key) const noexcept {
  EVP_PKEY_free(key);
}

std::optional<Es256PrivateKey> Es256PrivateKey::load(const FileRef& file, Problems& problems) {
  const auto pem = read_key_file(file, problems);
  if (!pem)
    return std::nullopt;
  if (KeyHandle key = read_p256(PEM_read_bio_PrivateKey, *pem))
    return Es256PrivateKey(std::move(key));
  problems.add(
      file.origin, shown(file.path) + " is not an unencrypted PEM private key on the curve P-256",
      "make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out FILE");
  return std::nullopt;
}

std::optional<std::string> Es256PrivateKey::sign(std::string_view text) const {
  const QuietErrors quiet;
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::string der(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
  std::size_t size = der.size();
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), octets_of(der), &size, octets_of(text), text.size()) != 1)
    return std::nullopt;
  return joined_from_der(std::string_view(der).substr(0, size));
}

std::string Es256PrivateKey::public_jwk() const {
  return write_jwk({coordinate_of(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X),
                    coordinate_of(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y)});
}

std::optional<Es256PublicKey> Es256PublicKey::load(const FileRef& file, Problems& problems) {
  const auto text = read_key_file(file, problems);
  if (!text)
    return std::nullopt;
  const auto first = text->find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text->at(first) == '{')
    return from_jwk(*text, file.origin, problems);
  if (KeyHandle key = read_p256(PEM_read_bio_PUBKEY, *text))
    return Es256PublicKey(std::move(key));
  problems.add(file.origin, shown(file.path) + " is not a PEM public key on the curve P-256",
               "take it from the peer's private key: openssl pkey -in KEY -pubout -out FILE");
  return std::nullopt;
}

std::optional<Es256PublicKey> Es256PublicKey::from_jwk(std::string_view text, const Origin& origin,
                                                       Problems& problems) {
  std::string why;
  const auto point = parse_jwk(text, why);
  KeyHandle key = point ? p256_from(*point) : nullptr;
  if (key)
    return Es256PublicKey(std::move(key));
  problems.add(origin, "the JWK " + (point ? "is no point of the curve P-256" : why),
               "write what `sitegate trust show` prints at the site that signs");
  return std::nullopt;
}

bool Es256PublicKey::verify(std::string_view text, std::string_view signature) const {
  const QuietErrors quiet;
  if (signature.size() != kSignatureOctets)
    return false;
  const auto der = der_from_joined(signature);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return der && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets_of(std::string_view(*der)), der->size(),
                          octets_of(text), text.size()) == 1;
}

}  // namespace sitegate
