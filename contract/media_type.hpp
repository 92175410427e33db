#pragma once
// Which representation a caller gets (CONTRACT 0.1 "Media types", rows 11 to 21; RFC 9110 12.5.1).
//
// A body is plain JSON or one of the versioned H4 types; the version asked for is the version
// answered. The document is the same in all of them: only the Content-Type differs.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sitegate {

class MediaType {
 public:
  /// `application/json`.
  MediaType() = default;

  /// With `;charset=UTF-8`, as it goes into Content-Type.
  std::string_view content_type() const noexcept;

  /// QUEUED is shown to callers of this version alone (CONTRACT 0.3).
  bool is_v4_7() const noexcept;

  bool operator==(const MediaType&) const = default;

 private:
  friend std::optional<MediaType> negotiate(std::string_view);
  explicit MediaType(std::size_t index) : index_(index) {}
  std::size_t index_ = 0;  // into the list of supported types
};

/// The best supported type for the value of Accept (several fields joined by ", "; empty = no
/// field = plain JSON). Parameters other than q and the case of letters are ignored. nullopt =
/// NotAcceptable.
std::optional<MediaType> negotiate(std::string_view accept);

/// Is a body of this Content-Type one that we read? Plain JSON, every versioned type, or no field.
bool is_readable_content_type(std::string_view content_type);

/// All supported types, without charset, for the `args` of NotAcceptable.
std::vector<std::string> supported_media_types();

}  // namespace sitegate
