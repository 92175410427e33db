#pragma once
// Which program this is. Alone in its file: what changes with every build is compiled alone.

#include <cstdint>
#include <string_view>

namespace sitegate {

struct BuildInfo {
  std::string_view product;  ///< `productName`
  std::string_view version;  ///< begins with the numeric product version (CONTRACT row 21)
  std::int64_t date;         ///< milliseconds since the epoch: of the source that was built
};

BuildInfo build_info() noexcept;

}  // namespace sitegate
