#pragma once
// Tokens of other sites at rest: AES-256-GCM (NIST SP 800-38D) with a random nonce, for one session
// and one site. A sealed token opens for nothing else, and a database without the key file holds no
// token that anybody could use.
//
// A sealed text is: id of the key (4 octets of its SHA-256), nonce (12), cipher text, tag (16).

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/result.hpp"

namespace sitegate {

/// Immutable: any thread, at once. Throws std::runtime_error when OpenSSL cannot (no memory).
class Sealer {
 public:
  static constexpr std::size_t kKeyOctets = 32;

  /// The first key seals, each of them opens: so a new one is put in front of the others. At least
  /// one.
  explicit Sealer(std::vector<std::string> keys);

  /// Of the text of a key file: a key of 64 hex digits a line; empty lines and what follows a `#`
  /// are passed over. BadUserInput, with a sentence for the operator as `detail`.
  static Result<Sealer> parse(std::string_view text);

  /// The text of a file with one new key.
  static std::string new_key_file();

  std::string seal(std::string_view token, std::string_view session, std::string_view site) const;

  /// nullopt: it was sealed with a key that is not there any more, for another session or site, or
  /// it was changed.
  std::optional<std::string> open(std::string_view sealed, std::string_view session,
                                  std::string_view site) const;

 private:
  struct Key {
    std::string id;
    std::string octets;
  };
  std::vector<Key> keys_;
};

}  // namespace sitegate
