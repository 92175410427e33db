#include "gateway/build_info.hpp"

namespace sitegate {

BuildInfo build_info() noexcept {
  return {"sitegate", SITEGATE_VERSION, std::int64_t{SITEGATE_SOURCE_DATE} * 1000};
}

}  // namespace sitegate
