#pragma once
// A body's content, freed of its framing (RFC 9112 6 and 7; CHECKLIST 9 and 10). Pure: no I/O.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "routing/transport/http_head.hpp"

namespace sitegate {

/// Takes a body apart as it comes. Chunk sizes are hex digits and nothing else, lines end in CRLF
/// and nothing else, extensions are ignored up to a bound, trailers are refused (RFC 9112 7.1).
class BodyDecoder {
 public:
  /// `extension_limit`: octets of chunk extensions, in all.
  BodyDecoder(BodyFraming framing, std::size_t extension_limit);

  struct Step {
    std::size_t consumed = 0;  ///< octets of `in` that belong to this body
    std::optional<HttpFault> fault;
  };

  /// Appends content to `out`. `PayloadTooLarge` as soon as what is announced would exceed `limit`.
  Step decode(std::string_view in, std::string& out, std::size_t limit);

  /// The whole body has been seen. A body that ends with the connection never says so itself.
  bool done() const noexcept { return state_ == State::Done; }
  bool until_close() const noexcept { return state_ == State::UntilClose; }

 private:
  enum class State : std::uint8_t {
    Content,  // `left_` octets of a body with a length
    UntilClose,
    Size,  // hex digits of a chunk size
    BeforeExtension,
    Extension,
    SizeLf,  // the LF that ends a size line
    Chunk,   // `left_` octets of a chunk
    ChunkCr,
    ChunkLf,
    LastCr,  // after the last chunk: CRLF, no trailers
    LastLf,
    Done,
  };

  std::optional<HttpFault> take_framing_octet(char c);

  State state_;
  std::uint64_t left_ = 0;
  int digits_ = 0;
  std::size_t extension_left_;
};

}  // namespace sitegate
