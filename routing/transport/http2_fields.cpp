#include "routing/transport/http2_fields.hpp"

#include <algorithm>
#include <array>

namespace sitegate {
namespace {

// Fields that say the same in many messages are worth a place in the compression table; all others
// would push these out of it, and tokens must not get into it (RFC 7541 7.1.3). A statement is
// signed anew for each viewer and connection, and far too long to be guessed.
constexpr std::array<std::string_view, 9> kAlike{"sitegate-statement",
                                                 "accept",
                                                 "accept-encoding",
                                                 "cache-control",
                                                 "content-type",
                                                 "retry-after",
                                                 "vary",
                                                 "via",
                                                 "x-content-type-options"};

bool is_alike(std::string_view name) {
  return name.front() == ':' || std::ranges::find(kAlike, name) != kAlike.end();
}

std::uint8_t* octets(std::string_view text) {
  // nghttp2 copies both names and values; its type knows no const.
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

}  // namespace

Http2Fields::Http2Fields(std::span<const Http2Field> fields, std::span<const Http2Field> first) {
  std::size_t size = 0;
  for (const auto& list : {first, fields})
    for (const auto& [name, value] : list) size += name.size();
  names_.reserve(size);  // what points into it stays right
  list_.reserve(first.size() + fields.size());
  for (const auto& list : {first, fields})
    for (const auto& [name, value] : list) add(name, value);
}

void Http2Fields::add(std::string_view name, std::string_view value) {
  const auto at = names_.size();
  names_.append(name);
  for (char& c : std::span(names_).subspan(at))
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto lower = std::string_view(names_).substr(at);
  const auto flags = is_alike(lower) ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX;
  list_.push_back(
      {octets(lower), octets(value), lower.size(), value.size(), static_cast<std::uint8_t>(flags)});
}

}  // namespace sitegate
