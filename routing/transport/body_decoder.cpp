#include "routing/transport/body_decoder.hpp"

#include <algorithm>

#include "contract/hex.hpp"
#include "routing/transport/http_grammar.hpp"

namespace sitegate {
namespace {

HttpFault malformed(std::string what) {
  return {ErrorCode::BadRequest, std::move(what)};
}

}  // namespace

BodyDecoder::BodyDecoder(BodyFraming framing, std::size_t extension_limit)
    : left_(framing.length), extension_left_(extension_limit) {
  switch (framing.kind) {
    case BodyFraming::Kind::None:
      state_ = State::Done;
      break;
    case BodyFraming::Kind::Length:
      state_ = framing.length > 0 ? State::Content : State::Done;
      break;
    case BodyFraming::Kind::Chunked:
      state_ = State::Size;
      left_ = 0;
      break;
    case BodyFraming::Kind::UntilClose:
      state_ = State::UntilClose;
      break;
  }
}

BodyDecoder::Step BodyDecoder::decode(std::string_view in, std::string& out, std::size_t limit) {
  Step step;
  for (;;) {
    const auto rest = in.substr(step.consumed);
    const bool counted = state_ == State::Content || state_ == State::Chunk;
    const auto coming = counted ? left_ : state_ == State::UntilClose ? rest.size() : 0;
    if (coming > limit - std::min(limit, out.size())) {  // announced: refused before it is read
      step.fault = HttpFault{ErrorCode::PayloadTooLarge, std::to_string(limit)};
      return step;
    }
    if (rest.empty() || state_ == State::Done)
      return step;
    if (coming > 0) {
      const auto taken = rest.substr(0, static_cast<std::size_t>(coming));
      out += taken;
      step.consumed += taken.size();
      if (counted && (left_ -= taken.size()) == 0)
        state_ = state_ == State::Content ? State::Done : State::ChunkCr;
    } else if ((step.fault = take_framing_octet(rest.front()))) {
      return step;
    } else {
      ++step.consumed;
    }
  }
}

std::optional<HttpFault> BodyDecoder::take_framing_octet(char c) {
  const auto expect = [&](char wanted, State next) -> std::optional<HttpFault> {
    if (c != wanted)
      return malformed("a chunk is not delimited by CRLF");
    state_ = next;
    return std::nullopt;
  };
  switch (state_) {
    case State::Size:
      if (const int digit = hex_value(c); digit >= 0) {
        if (++digits_ > 16)
          return malformed("a chunk size is too long");
        left_ = left_ << 4 | static_cast<unsigned>(digit);
        return std::nullopt;
      }
      if (digits_ == 0)
        return malformed("a chunk size is missing");
      if (c != '\r')
        state_ = State::BeforeExtension;
      [[fallthrough]];
    case State::BeforeExtension:
    case State::Extension:
      if (c == '\r' && state_ != State::BeforeExtension) {
        state_ = State::SizeLf;
        return std::nullopt;
      }
      if (extension_left_-- == 0)
        return malformed("the chunk extensions are too long");
      if (state_ == State::BeforeExtension) {
        if (c == ';')
          state_ = State::Extension;
        else if (c != ' ' && c != '\t')
          return malformed("a chunk size must be hex digits");
      } else if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) {
        return malformed("a control character in a chunk extension");
      }
      return std::nullopt;
    case State::SizeLf:
      digits_ = 0;
      return expect('\n', left_ == 0 ? State::LastCr : State::Chunk);
    case State::ChunkCr:
      return expect('\r', State::ChunkLf);
    case State::ChunkLf:
      return expect('\n', State::Size);
    case State::LastCr:
      if (c != '\r')
        return malformed("trailer fields are not accepted");
      return expect('\r', State::LastLf);
    case State::LastLf:
      return expect('\n', State::Done);
    default:
      return std::nullopt;
  }
}

}  // namespace sitegate
