#pragma once
// What the fuzz targets share: how octets arrive, and how a broken promise is reported.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sitegate::fuzz {

/// Ends the run as a finding: libFuzzer keeps the input that led here.
inline void require(bool holds, std::string_view promise) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

/// The same input in the pieces in which a network might bring it: whole, octet by octet, and in
/// some that look random and are the same for the same input.
inline std::vector<std::vector<std::string_view>> arrivals(std::string_view octets) {
  std::vector<std::string_view> singly;
  for (std::size_t at = 0; at < octets.size(); ++at) singly.push_back(octets.substr(at, 1));
  std::vector<std::string_view> mixed;
  std::minstd_rand random(static_cast<unsigned>(std::hash<std::string_view>{}(octets)));
  for (std::size_t at = 0; at < octets.size(); at += mixed.back().size())
    mixed.push_back(octets.substr(at, 1 + random() % (random() % 4 == 0 ? 200 : 7)));
  return {{octets}, std::move(singly), std::move(mixed)};
}

/// However the octets arrive, `told` of the pieces says the same; what is empty is not compared.
template <class F>
void require_same_in_pieces(const std::uint8_t* data, std::size_t size, F&& told) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  std::string before;
  for (const auto& pieces : arrivals(octets)) {
    auto now = told(pieces);
    require(now == before || now.empty() || before.empty(), "the same in any pieces");
    before = std::move(now);
  }
}

}  // namespace sitegate::fuzz
