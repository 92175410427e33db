#pragma once
// The fields of a head as nghttp2 takes them. For http2_session.cpp alone.

#include <nghttp2/nghttp2.h>

#include <span>
#include <string>
#include <vector>

#include "routing/transport/http2_session.hpp"

namespace sitegate {

/// Holds the names, in lower case (RFC 9113 8.2.1). `fields` outlives it.
class Http2Fields {
 public:
  /// `first`: pseudo-fields (RFC 9113 8.3), if they are not among the others.
  explicit Http2Fields(std::span<const Http2Field> fields, std::span<const Http2Field> first = {});

  const nghttp2_nv* data() const noexcept { return list_.data(); }
  std::size_t size() const noexcept { return list_.size(); }

 private:
  void add(std::string_view name, std::string_view value);

  std::string names_;
  std::vector<nghttp2_nv> list_;
};

}  // namespace sitegate
