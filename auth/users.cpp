#include "auth/users.hpp"

#include <algorithm>
#include <vector>

#include "auth/names.hpp"
#include "auth/password.hpp"
#include "config/yaml_reader.hpp"
#include "contract/user_name.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kMaxOrg = 256;   // characters
constexpr std::size_t kMaxRoles = 32;  // so that every user can be stated to another site

void read_roles(YamlMap& map, std::vector<std::string>& roles) {
  roles.assign(1, std::string(kRoleEveryone));
  std::vector<LocatedText> given;
  map.texts("roles", given,
            "What the user may do beyond seeing own tasks: ADMINISTRATORS see all tasks, "
            "TASK_PRODUCER writes tasks. EVERYONE is always there.",
            Need::Optional);
  for (LocatedText& role : given) {
    if (!is_role_name(role.value))
      map.problems().add(role.origin, "`" + printable(role.value) + "` is not the name of a role",
                         "write 1 to 64 of A-Z, 0-9 and _, beginning with a letter");
    else if (std::find(roles.begin(), roles.end(), role.value) == roles.end())
      roles.push_back(std::move(role.value));
  }
  if (roles.size() > kMaxRoles)
    map.problem("roles", "holds more than " + std::to_string(kMaxRoles - 1) + " roles",
                "write those that this gateway or the roles of a peer know");
}

User read_user(const LocatedText& name, YamlMap& map) {
  User user;
  user.viewer.user = name.value;
  user.viewer.org = org_of_user(name.value);
  if (!is_user_name(name.value))
    map.problems().add(name.origin, "`" + printable(name.value) + "` is not the name of a user",
                       "write 1 to 256 printable characters");
  if (map.text("org", user.viewer.org,
               "The organisation; by default what follows the last @ of the name, or System.",
               Need::Optional, "the name of an organisation") &&
      !is_printable_text(user.viewer.org, kMaxOrg))
    map.problem("org", "the name is too long or not printable",
                "write 1 to 256 printable characters");
  read_roles(map, user.viewer.roles);
  // A hash is half a secret: a problem does not repeat it.
  if (map.text("password_hash", user.password_hash,
               "The password as an argon2id hash: what `sitegate hash-password` makes of it.",
               Need::Required, "what `sitegate hash-password` prints") &&
      !costs_as_ours(user.password_hash))
    map.problem(
        "password_hash",
        "this is not an argon2id hash of the cost that every user here has (m=19456,t=2,p=1)",
        "write what `sitegate hash-password` prints");
  return user;
}

void read_users(YamlMap& root, Users::Map& users) {
  const auto read_one = [&users](const LocatedText& name, YamlMap& map) {
    users.insert_or_assign(name.value, read_user(name, map));
  };
  root.maps("users", read_one,
            "Who may log in. NAME is the whole user name, compared octet by octet: `admin1@Org1`.");
}

}  // namespace

const User* Users::find(std::string_view name) const {
  const auto found = users_.find(name);
  return found == users_.end() ? nullptr : &found->second;
}

std::optional<Users> load_users(const FileRef& file, Problems& problems) {
  const std::size_t problems_before = problems.size();
  Users::Map users;
  read_yaml_file(file.path, problems, [&users](YamlMap& root) { read_users(root, users); });
  if (problems.size() != problems_before)
    return std::nullopt;
  return Users(std::move(users));
}

std::vector<KeyDescription> describe_users() {
  Users::Map users;
  return describe_keys([&users](YamlMap& root) { read_users(root, users); });
}

}  // namespace sitegate
