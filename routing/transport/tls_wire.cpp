#include "routing/transport/tls_wire.hpp"

#include <openssl/bio.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace sitegate {
namespace {

int create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

int read(BIO* bio, char* data, std::size_t size, std::size_t* done) {
  TlsWire& wire = *static_cast<TlsWire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *done = std::min(size, wire.in.size());
  if (*done == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::memcpy(data, wire.in.data(), *done);
  wire.in = wire.in.subspan(*done);
  return 1;
}

int write(BIO* bio, const char* data, std::size_t size, std::size_t* done) noexcept {
  BIO_clear_retry_flags(bio);
  try {
    static_cast<TlsWire*>(BIO_get_data(bio))->append(data, size);
  } catch (const std::bad_alloc&) {  // nothing may be thrown through OpenSSL
    return 0;
  }
  *done = size;
  return 1;
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sitegate wire");
  if (method == nullptr || BIO_meth_set_create(method, create) != 1 ||
      BIO_meth_set_read_ex(method, read) != 1 || BIO_meth_set_write_ex(method, write) != 1 ||
      BIO_meth_set_ctrl(method, control) != 1) {
    throw std::bad_alloc();
  }
  return method;
}

}  // namespace

void TlsWire::feed(std::span<const std::byte> wire) {
  if (in.empty()) {
    in = wire;
    return;
  }
  std::vector<std::byte> joined;
  joined.reserve(in.size() + wire.size());
  joined.assign(in.begin(), in.end());
  joined.insert(joined.end(), wire.begin(), wire.end());
  kept = std::move(joined);
  in = kept;
}

void TlsWire::keep() {
  if (in.empty()) {
    std::vector<std::byte>().swap(kept);
  } else if (kept.empty()) {
    kept.assign(in.begin(), in.end());
    in = kept;
  }
}

void TlsWire::append(const char* data, std::size_t size) {
  if (sent > out.size() / 2) {
    out.erase(0, std::exchange(sent, 0));
  }
  out.append(data, size);
}

void TlsWire::drop(std::size_t size) {
  sent += size;
  if (sent == out.size()) {
    std::string().swap(out);
    sent = 0;
  }
}

const BIO_METHOD* tls_wire_method() {
  // Never freed: connections may end after static objects have.
  static const BIO_METHOD* const method = make_method();
  return method;
}

}  // namespace sitegate
