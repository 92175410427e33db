#include "config/load_cors.hpp"

#include <algorithm>

#include "config/notations.hpp"
#include "contract/error.hpp"

namespace sitegate {
namespace {

using namespace std::chrono_literals;

void read_origin(const LocatedText& text, Problems& problems, std::vector<std::string>& origins) {
  const auto shown = "`" + printable(text.value) + "` ";
  std::string why;
  auto origin = parse_origin(text.value, why);
  if (!origin) {
    problems.add(text.origin, shown + why,
                 "write the scheme, the host and the port of the page, such as "
                 "https://ui.example.org or http://localhost:3000");
  } else if (*origin != text.value) {
    problems.add(text.origin, shown + "is not how browsers write it",
                 "did you mean `" + *origin + "`? It is compared byte for byte");
  } else if (std::ranges::find(origins, *origin) != origins.end()) {
    problems.add(text.origin, shown + "is there already", "remove one of them");
  } else {
    origins.push_back(std::move(*origin));
  }
}

}  // namespace

void read_cors(YamlMap& root, CorsSettings& cors) {
  const auto read = [&cors](YamlMap& map) {
    std::vector<LocatedText> origins;
    map.texts("origins", origins,
              "The origins of those pages, `SCHEME://HOST[:PORT]` exactly as their browsers send "
              "it in `Origin`. Empty: none.",
              Need::Optional);
    for (const LocatedText& origin : origins) read_origin(origin, map.problems(), cors.origins);
    map.duration("max_age", cors.max_age, 0ms, 24h,
                 "How long a browser may remember what it is allowed.");
  };
  root.map("cors", read, "Web pages of other origins that may call, on listeners for callers.",
           Need::Optional);
}

}  // namespace sitegate
