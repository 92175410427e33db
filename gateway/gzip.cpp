#include "gateway/gzip.hpp"

#include <zlib.h>

#include <limits>
#include <stdexcept>

namespace sitegate {
namespace {

constexpr int kGzipFormat = 16;  // added to the window, see deflateInit2
constexpr int kMemory = 8;       // zlib's default

class Deflater {
 public:
  Deflater() {
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + kGzipFormat, kMemory,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("zlib is not available");
  }
  ~Deflater() { deflateEnd(&stream); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  z_stream stream{};
};

}  // namespace

std::string gzip(std::string_view octets) {
  thread_local Deflater deflater;
  auto* const z = &deflater.stream;
  if (octets.size() > std::numeric_limits<uInt>::max() || deflateReset(z) != Z_OK)
    throw std::runtime_error("zlib cannot compress this");
  std::string coded(deflateBound(z, octets.size()), '\0');
  // zlib reads only what this points to.
  z->next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(octets.data()));
  z->avail_in = static_cast<uInt>(octets.size());
  z->next_out = reinterpret_cast<Bytef*>(coded.data());
  z->avail_out = static_cast<uInt>(coded.size());
  if (deflate(z, Z_FINISH) != Z_STREAM_END)
    throw std::runtime_error("zlib cannot compress this");
  coded.resize(coded.size() - z->avail_out);
  return coded;
}

}  // namespace sitegate
