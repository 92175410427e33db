#pragma once
// What a certificate of ours says, for the other side of a pairing to believe it.

#include <optional>
#include <string>
#include <vector>

#include "config/problems.hpp"
#include "config/settings.hpp"

namespace sitegate {

struct CertificateFacts {
  std::vector<std::string> dns;  ///< subject alternative names, in their order
  std::vector<std::string> ip;
  std::vector<std::string> uri;
  std::string thumbprint;     ///< `SHA-256:` and the octets in hex, as `pins` takes it
  std::string not_after;      ///< for people
  std::string issuer;         ///< name of its authority, for people
  std::string authority_pem;  ///< whom to believe so that it is believed
  bool issuer_is_known;       ///< false: no file has the issuer's certificate; the PEM is its own
};

/// Of the first certificate of a file. Its authority is the last one of the same file, or whoever
/// of `bundles` issued it. nullopt: a problem was added.
std::optional<CertificateFacts> read_certificate_facts(const FileRef& file,
                                                       const std::vector<FileRef>& bundles,
                                                       Problems& problems);

}  // namespace sitegate
