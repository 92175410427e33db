#pragma once
// Who asks. Plain data, shared by the rooms above auth/.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "auth/extension.hpp"

namespace sitegate {

inline constexpr std::string_view kRoleEveryone = "EVERYONE";
inline constexpr std::string_view kRoleAdministrators = "ADMINISTRATORS";
inline constexpr std::string_view kRoleTaskProducer = "TASK_PRODUCER";

/// The identity that a store or a site sees. No function that can produce a task exists without a
/// `Viewer` argument (DESIGN section 5). Ownership compares the whole user name, byte for byte;
/// an org never widens what is visible (CONTRACT 0.2).
struct Viewer {
  std::string user;
  std::string org;
  std::vector<std::string> roles;  ///< begins with EVERYONE

  bool has_role(std::string_view role) const {
    return std::find(roles.begin(), roles.end(), role) != roles.end();
  }
  /// ADMINISTRATORS see every task of the store that answers.
  bool sees_everything() const { return has_role(kRoleAdministrators); }
  bool may_see_task_of(std::string_view owner) const { return sees_everything() || owner == user; }
  bool operator==(const Viewer&) const = default;

  /// One text for each viewer, for whatever is remembered per viewer: no name or role holds an
  /// octet below space.
  std::string key() const {
    std::string key = user + '\n' + org;
    for (const auto& role : roles) key.append("\n").append(role);
    return key;
  }
};

/// An authenticated caller: a person with a session, or a peer site speaking for somebody.
struct Principal {
  Viewer viewer;
  std::string session;  ///< key of the session (SHA-256 of its token, 32 raw octets); else empty
  std::string peer;     ///< name of the peer site that stated this viewer; empty = logged in here
  std::string statement_id{};  ///< `jti` of that statement, for the logs of both sites
  ExtensionsPtr extensions{};  ///< of that session
};

}  // namespace sitegate
