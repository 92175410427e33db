#pragma once
// What nghttp2 tells a session. For http2_session.cpp and http2_callbacks.cpp alone.

#include <nghttp2/nghttp2.h>

#include "routing/transport/http2_session.hpp"

namespace sitegate {

struct Http2Session::Stream {
  Http2Head head;
  std::size_t head_octets = 0;
  bool head_seen = false;  // trailers come after it
  std::string outgoing;
  std::size_t sent = 0;
};

/// Nothing may be thrown through nghttp2: what is thrown ends the session.
struct Http2Session::Callbacks {
  static void set(nghttp2_session_callbacks* callbacks);

  static ssize_t read_outgoing(nghttp2_session*, StreamId, std::uint8_t* buffer, std::size_t size,
                               std::uint32_t* flags, nghttp2_data_source* source, void*);
};

}  // namespace sitegate
