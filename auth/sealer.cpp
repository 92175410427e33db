#include "auth/sealer.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "auth/digest.hpp"
#include "auth/random.hpp"
#include "contract/hex.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kIdOctets = 4;
constexpr std::size_t kNonceOctets = 12;  // SP 800-38D 8.2.2: random, 96 bits
constexpr std::size_t kTagOctets = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* octets_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

void require(bool done) {
  if (!done)
    throw std::runtime_error("AES-256-GCM is not available");
}

struct FreeCipher {
  void operator()(EVP_CIPHER* cipher) const noexcept { EVP_CIPHER_free(cipher); }
};

Context begin(const std::string& key, std::string_view nonce, bool seals) {
  static const std::unique_ptr<EVP_CIPHER, FreeCipher> cipher(
      EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  Context context(EVP_CIPHER_CTX_new());
  require(cipher != nullptr && context != nullptr &&
          EVP_CipherInit_ex2(context.get(), cipher.get(), octets_of(key), octets_of(nonce),
                             seals ? 1 : 0, nullptr) == 1);
  return context;
}

/// No session's key holds anything but its 32 octets, so one text stands for one pair.
void bind(EVP_CIPHER_CTX* context, std::string_view session, std::string_view site) {
  int ignored = 0;
  for (const auto part : {session, site})
    require(EVP_CipherUpdate(context, nullptr, &ignored, octets_of(part),
                             static_cast<int>(part.size())) == 1);
}

std::string transformed(EVP_CIPHER_CTX* context, std::string_view text) {
  std::string out(text.size(), '\0');
  int size = 0;
  require(EVP_CipherUpdate(context, octets_of(out), &size, octets_of(text),
                           static_cast<int>(text.size())) == 1);
  return out;
}

/// Empty: it is no key.
std::string key_of(std::string_view line) {
  std::string key;
  if (line.size() != 2 * Sealer::kKeyOctets)
    return key;
  for (std::size_t i = 0; i < line.size(); i += 2) {
    const int high = hex_value(line[i]);
    const int low = hex_value(line[i + 1]);
    if (high < 0 || low < 0)
      return {};
    key += static_cast<char>(high * 16 + low);
  }
  return key;
}

std::string_view without_comment(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const auto last = line.find_last_not_of(" \t\r");
  line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line;
}

}  // namespace

Sealer::Sealer(std::vector<std::string> keys) {
  for (auto& key : keys) keys_.push_back({sha256(key).substr(0, kIdOctets), std::move(key)});
  if (keys_.empty())
    throw std::invalid_argument("no sealing key");
}

Result<Sealer> Sealer::parse(std::string_view text) {
  std::vector<std::string> keys;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = without_comment(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty())
      continue;
    auto key = key_of(line);
    if (key.empty())  // which is a secret, most likely: not repeated
      return make_error(ErrorCode::BadUserInput, {},
                        "line " + std::to_string(number) +
                            " is not a key; write 64 hex digits a line (openssl rand -hex 32)");
    keys.push_back(std::move(key));
  }
  if (keys.empty())
    return make_error(ErrorCode::BadUserInput, {},
                      "holds no key; write one of 64 hex digits (openssl rand -hex 32)");
  return Sealer(std::move(keys));
}

std::string Sealer::new_key_file() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char octet : random_octets(kKeyOctets)) {
    const auto value = static_cast<unsigned char>(octet);
    text += kDigits[value / 16];
    text += kDigits[value % 16];
  }
  text += '\n';
  return text;
}

std::string Sealer::seal(std::string_view token, std::string_view session,
                         std::string_view site) const {
  const auto& key = keys_.front();
  const auto nonce = random_octets(kNonceOctets);
  const auto context = begin(key.octets, nonce, true);
  bind(context.get(), session, site);
  auto sealed = key.id + nonce + transformed(context.get(), token);
  std::string tag(kTagOctets, '\0');
  int none = 0;
  require(EVP_CipherFinal_ex(context.get(), octets_of(tag), &none) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagOctets, tag.data()) == 1);
  sealed += tag;
  return sealed;
}

std::optional<std::string> Sealer::open(std::string_view sealed, std::string_view session,
                                        std::string_view site) const {
  if (sealed.size() < kIdOctets + kNonceOctets + kTagOctets)
    return std::nullopt;
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& known) {
    return known.id == sealed.substr(0, kIdOctets);
  });
  if (key == keys_.end())
    return std::nullopt;
  const auto nonce = sealed.substr(kIdOctets, kNonceOctets);
  std::string tag(sealed.substr(sealed.size() - kTagOctets));
  const auto context = begin(key->octets, nonce, false);
  bind(context.get(), session, site);
  auto text = sealed.substr(kIdOctets + kNonceOctets);
  text.remove_suffix(kTagOctets);
  auto token = transformed(context.get(), text);
  int none = 0;
  std::string rest(kTagOctets, '\0');
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagOctets, tag.data()) == 1);
  if (EVP_CipherFinal_ex(context.get(), octets_of(rest), &none) != 1)
    return std::nullopt;
  return token;
}

}  // namespace sitegate
