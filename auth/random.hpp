#pragma once
// Randomness of the operating system by way of OpenSSL. Any thread. Without a working source of
// randomness nothing can be done safely: both functions then throw std::runtime_error.

#include <cstddef>
#include <string>

namespace sitegate {

/// For secrets: tokens and salts. Never buffered.
std::string random_octets(std::size_t count);

/// A version 4 UUID (RFC 9562 section 5.4), lower case; for ids that need not be secret. Cheap: one
/// call into OpenSSL makes many.
std::string random_uuid();

}  // namespace sitegate
