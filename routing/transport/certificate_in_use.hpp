#pragma once
// A leaf certificate, as far as others may know it.

#include <cstdint>
#include <string>

namespace sitegate {

struct CertificateInUse {
  std::string thumbprint;       ///< SHA-256 over the DER form, 32 raw octets
  std::int64_t not_after = -1;  ///< milliseconds since the epoch; -1 = it is no time
  bool operator==(const CertificateInUse&) const = default;
};

}  // namespace sitegate
