#include "contract/content_coding.hpp"

#include <optional>

#include "contract/header_fields.hpp"
#include "contract/weighted_list.hpp"

namespace sitegate {

GzipWish gzip_wish(std::string_view accept_encoding) {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
  while (const auto coding = next_weighted(accept_encoding)) {
    if (equals_ignoring_case(coding->value, "gzip") ||
        equals_ignoring_case(coding->value, "x-gzip"))
      gzip = coding->weight;
    else if (equals_ignoring_case(coding->value, "identity"))
      identity = coding->weight;
    else if (coding->value == "*")
      any = coding->weight;
  }
  const int weight = gzip.value_or(any.value_or(0));
  if (weight == 0 || weight < identity.value_or(0))
    return GzipWish::No;
  return identity.value_or(any.value_or(1)) == 0 ? GzipWish::Only : GzipWish::Yes;
}

}  // namespace sitegate
