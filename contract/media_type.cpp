#include "contract/media_type.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "contract/header_fields.hpp"
#include "contract/weighted_list.hpp"

namespace sitegate {
namespace {

constexpr std::string_view kCharset = ";charset=UTF-8";

// Plain JSON first: it is what everybody gets who has no wish. Then newest first.
constexpr std::array<std::string_view, 13> kTypes{
    "application/json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.7+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.6+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.5+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.4+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.3+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.2+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4.1+json;charset=UTF-8",
    "application/vnd.vmware.h4-v4+json;charset=UTF-8",
    "application/vnd.vmware.h4-v3.5+json;charset=UTF-8",
    "application/vnd.vmware.h4-v3+json;charset=UTF-8",
    "application/vnd.vmware.h4-v2+json;charset=UTF-8",
    "application/vnd.vmware.h4-v1+json;charset=UTF-8",
};
constexpr std::size_t kV47 = 1;

constexpr std::string_view bare(std::size_t index) {
  return kTypes[index].substr(0, kTypes[index].size() - kCharset.size());
}

// How well one range of Accept fits one type: a more specific range speaks for the type.
enum class Fit : std::uint8_t { None, Any, Application, Exact };

/// How well it fits every type.
Fit fit_of_all(std::string_view range) {
  if (equals_ignoring_case(range, "application/*"))
    return Fit::Application;
  if (range == "*/*" || range == "*")
    return Fit::Any;
  return Fit::None;
}

bool is_exactly(std::string_view range, std::size_t type) {
  return range.size() == bare(type).size() && equals_ignoring_case(range, bare(type));
}

struct Standing {
  Fit fit = Fit::None;
  int q = 0;
  std::size_t position = 0;
};

bool better(const Standing& a, const Standing& b) {
  if (a.q != b.q)
    return a.q > b.q;
  if ((a.fit == Fit::Exact) != (b.fit == Fit::Exact))
    return a.fit == Fit::Exact;
  return a.fit == Fit::Exact && a.position < b.position;
}

}  // namespace

std::string_view MediaType::content_type() const noexcept {
  return kTypes[index_];
}

bool MediaType::is_v4_7() const noexcept {
  return index_ == kV47;
}

std::optional<MediaType> negotiate(std::string_view accept) {
  std::array<Standing, kTypes.size()> standings{};
  std::size_t position = 0;
  for (; const auto range = next_weighted(accept); ++position) {
    const auto of_all = fit_of_all(range->value);
    for (std::size_t type = 0; type < kTypes.size(); ++type) {
      const auto how = is_exactly(range->value, type) ? Fit::Exact : of_all;
      if (how > standings[type].fit)
        standings[type] = {how, range->weight, position};
    }
  }
  if (position == 0)  // no field, or an empty list
    return MediaType{};
  std::size_t best = 0;
  for (std::size_t type = 1; type < kTypes.size(); ++type)
    if (better(standings[type], standings[best]))
      best = type;
  if (standings[best].q == 0)
    return std::nullopt;
  return MediaType{best};
}

bool is_readable_content_type(std::string_view content_type) {
  const auto type = next_element(content_type, ';');
  if (type.empty())
    return true;
  for (std::size_t i = 0; i < kTypes.size(); ++i)
    if (equals_ignoring_case(type, bare(i)))
      return true;
  return false;
}

std::vector<std::string> supported_media_types() {
  std::vector<std::string> types;
  for (std::size_t i = 0; i < kTypes.size(); ++i) types.emplace_back(bare(i));
  return types;
}

}  // namespace sitegate
