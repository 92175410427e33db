#pragma once
// The password users of this site, from the users file:
//
//   users:
//     admin1@Org1:
//       org: Org1                 # optional; default: what follows the last @, else System
//       roles: [ADMINISTRATORS]   # optional; EVERYONE is always there and always first
//       password_hash: $argon2id$...

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/principal.hpp"
#include "config/problems.hpp"
#include "config/settings.hpp"
#include "config/yaml_reader.hpp"

namespace sitegate {

struct User {
  Viewer viewer;
  std::string password_hash;  ///< argon2id PHC string, its cost bounded (auth/password.hpp)
};

/// Immutable: any thread.
class Users {
 public:
  /// By name.
  using Map = std::map<std::string, User, std::less<>>;

  explicit Users(Map users) : users_(std::move(users)) {}

  /// nullptr: there is no such user. Names compare byte for byte.
  const User* find(std::string_view name) const;

  std::size_t size() const noexcept { return users_.size(); }

 private:
  Map users_;
};

/// Reads the whole file; everything that is wrong is added to `problems`, and then nullopt.
std::optional<Users> load_users(const FileRef& file, Problems& problems);

/// Every key of a users file.
std::vector<KeyDescription> describe_users();

}  // namespace sitegate
