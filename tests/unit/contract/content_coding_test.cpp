// Accept-Encoding (RFC 9110 12.5.3).

#include "contract/content_coding.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

using enum GzipWish;

TEST(GzipWish, is_as_the_field_says) {
  struct Row {
    std::string_view field;
    GzipWish wish;
  };
  const Row rows[] = {
      {"", No},
      {" , ,", No},
      {"identity", No},
      {"br, zstd, deflate", No},
      {"gzipped", No},
      {"\"gzip\"", No},
      {"gzip", Yes},
      {"GZip", Yes},
      {"x-gzip", Yes},
      {"X-GZIP;q=0.001", Yes},
      {"deflate, gzip, br, zstd", Yes},  // curl --compressed, browsers
      {",, br ,\tgzip ,", Yes},
      {"gzip;q=1.0, identity; q=0.5, *;q=0", Yes},  // the example of the RFC
      {"*", Yes},
      {"br, *;q=0.1", Yes},
      // q=0 is "not acceptable".
      {"gzip;q=0", No},
      {"gzip;q=0.000", No},
      {"gzip; q=0, *", No},
      {"*, gzip;q=0", No},
      {"*;q=0", No},
      {"gzip;q=2", Yes},  // malformed: as if it were not there
      {"gzip;level=1;q=0", No},
      // identity is liked better, or as much, or not at all.
      {"gzip;q=0.5, identity", No},
      {"gzip;q=0.5, identity;q=0.501", No},
      {"gzip;q=0.5, identity;q=0.5", Yes},
      {"gzip, identity;q=0", Only},
      {"gzip, *;q=0", Only},
      {"identity;q=0, *", Only},
      {"gzip, identity;q=0.1, *;q=0", Yes},
      // Nothing that we could send: answered all the same.
      {"identity;q=0", No},
      {"identity;q=0, br", No},
      {"gzip;q=0, identity;q=0", No},
  };
  for (const auto& row : rows) EXPECT_EQ(gzip_wish(row.field), row.wish) << row.field;
}

}  // namespace
}  // namespace sitegate
