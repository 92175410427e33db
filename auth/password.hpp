#pragma once
// Passwords are kept as argon2id PHC strings (RFC 9106): `$argon2id$v=19$m=..,t=..,p=..$salt$hash`.
//
// Hashing takes tens of milliseconds and 19 MiB on purpose: never on a worker. Any other thread;
// without memory the functions throw std::bad_alloc.

#include <string>
#include <string_view>

namespace sitegate {

/// With this project's parameters (m=19456 KiB, t=2, p=1; CONTRACT 0.5) and a fresh random salt.
std::string hash_password(std::string_view password);

/// False for a wrong password and for a `phc` that `is_password_hash` refuses.
bool verify_password(const std::string& phc, std::string_view password);

/// Is this an argon2id PHC string of version 19 that may be verified here? Its cost is bounded
/// (m <= 64 MiB, t <= 10, p <= 4), so that a users file cannot stop the gateway.
bool is_password_hash(std::string_view phc);

/// Is it one with the parameters of hash_password()? The users file takes no other: a user whose
/// hash takes another time than the dummy would be told from those who do not exist.
bool costs_as_ours(std::string_view phc);

/// A hash that no password is known for, with the parameters of `hash_password`: verified for a
/// user who does not exist, so that the answer takes as long as for one who does (CHECKLIST 40).
const std::string& dummy_password_hash();

}  // namespace sitegate
