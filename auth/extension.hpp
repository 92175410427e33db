#pragma once
// What a session here may do at other sites (CONTRACT rows 44 to 49, DESIGN section 6): each
// extension is a session that was opened there with credentials of the caller's own, and it belongs
// to one session here and to no other, of the same user either.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sitegate {

struct Extension {
  std::string site;    ///< the name by which this gateway knows it
  std::string org;     ///< who the caller is there, as that site said; may be empty
  std::string sealed;  ///< its token, sealed for this session and site (auth/sealer.hpp)

  bool operator==(const Extension&) const = default;
};

/// All extensions of one session; never changed, but replaced as a whole.
struct Extensions {
  std::string session;          ///< its key
  std::vector<Extension> list;  ///< the oldest first, one a site

  const Extension* at(std::string_view site) const noexcept {
    for (const auto& extension : list)
      if (extension.site == site)
        return &extension;
    return nullptr;
  }
};

/// Null: none, which is what nearly all sessions have.
using ExtensionsPtr = std::shared_ptr<const Extensions>;

}  // namespace sitegate
