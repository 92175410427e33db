#include "routing/transport/ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sitegate {
namespace {

TicketKey make_key(SteadyTime now) {
  TicketKey key;
  key.made = now;
  if (RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) != 1 ||
      RAND_priv_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) != 1 ||
      RAND_priv_bytes(key.mac.data(), static_cast<int>(key.mac.size())) != 1) {
    throw std::runtime_error("no randomness for a session ticket key");
  }
  return key;
}

void forget(TicketKey& key) noexcept {
  OPENSSL_cleanse(key.cipher.data(), key.cipher.size());
  OPENSSL_cleanse(key.mac.data(), key.mac.size());
}

using SharedKeys = std::shared_ptr<TicketKeys>;

void release_keys(void*, void* keys, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<SharedKeys*>(keys);
}

int ticket_keys_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, release_keys);
  return index;
}

// Fetched once: looking a cipher up by name costs more than using it.
const EVP_CIPHER* ticket_cipher() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
  return cipher;
}

bool set_up_mac(EVP_MAC_CTX* mac, TicketKey& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

bool set_up_encryption(TicketKey& key, unsigned char* name, unsigned char* iv,
                       EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  std::copy(key.name.begin(), key.name.end(), name);
  return RAND_bytes(iv, EVP_CIPHER_get_iv_length(ticket_cipher())) == 1 &&
         EVP_EncryptInit_ex2(cipher, ticket_cipher(), key.cipher.data(), iv, nullptr) == 1 &&
         set_up_mac(mac, key);
}

// What SSL_CTX_set_tlsext_ticket_key_evp_cb(3) asks for: 0 = no ticket, or not one of ours (a full
// handshake follows), 1 = go on, 2 = go on and make a new ticket, negative = failure.
int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* mac, int encrypt) noexcept {
  try {
    TicketKeys& keys =
        **static_cast<SharedKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), ticket_keys_index()));
    TicketKey key = keys.current();
    if (encrypt != 0) {
      const bool ready = set_up_encryption(key, name, iv, cipher, mac);
      forget(key);
      return ready ? 1 : -1;
    }
    std::optional<TicketKey> found = keys.find(std::span<const unsigned char, 16>(name, 16));
    const bool is_current = found && found->name == key.name;
    forget(key);
    if (!found) {
      return 0;
    }
    const bool ready =
        EVP_DecryptInit_ex2(cipher, ticket_cipher(), found->cipher.data(), iv, nullptr) == 1 &&
        set_up_mac(mac, *found);
    forget(*found);
    if (!ready) {
      return -1;
    }
    return is_current ? 1 : 2;
  } catch (...) {  // nothing may be thrown through OpenSSL
    return -1;
  }
}

}  // namespace

TicketKeys::TicketKeys(Clock now) : now_(std::move(now)), current_(make_key(now_())) {}

TicketKeys::~TicketKeys() {
  forget(current_);
  if (previous_) {
    forget(*previous_);
  }
}

// Keys change when they are next asked for, so that no timer is needed.
void TicketKeys::rotate() {
  const SteadyTime now = now_();
  if (now - current_.made >= kUsed) {
    TicketKey next = make_key(now);
    previous_ = std::exchange(current_, next);
    forget(next);
  }
  if (previous_ && now - previous_->made >= kRead) {
    forget(*previous_);
    previous_.reset();
  }
}

TicketKey TicketKeys::current() {
  const std::lock_guard lock(mutex_);
  rotate();
  return current_;
}

std::optional<TicketKey> TicketKeys::find(std::span<const unsigned char, 16> name) {
  const std::lock_guard lock(mutex_);
  rotate();
  if (std::ranges::equal(name, current_.name)) {
    return current_;
  }
  if (previous_ && std::ranges::equal(name, previous_->name)) {
    return previous_;
  }
  return std::nullopt;
}

std::shared_ptr<TicketKeys> make_ticket_keys(TicketKeys::Clock now) {
  return std::make_shared<TicketKeys>(std::move(now));
}

void use_ticket_keys(SSL_CTX* context, std::shared_ptr<TicketKeys> keys) {
  auto shared = std::make_unique<SharedKeys>(std::move(keys));
  if (SSL_CTX_set_ex_data(context, ticket_keys_index(), shared.get()) != 1) {
    throw std::bad_alloc();
  }
  shared.release();  // now the context's
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}

}  // namespace sitegate
