// Every allocation of the program goes through here to be counted. Replacing operator new would
// miss most of them: coroutine frames come from aligned_alloc, the C libraries use malloc.

#include "tests/bench/steps.hpp"

#include <cstdlib>

extern "C" {  // what glibc's own functions do, under the names by which others may call them
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace sitegate::bench {
namespace {

constinit thread_local Allocations made;

void count(std::size_t octets) noexcept {
  ++made.count;
  made.octets += octets;
}

}  // namespace

Allocations allocations() noexcept {
  return made;
}

}  // namespace sitegate::bench

extern "C" {

void* malloc(std::size_t size) noexcept {
  sitegate::bench::count(size);
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  sitegate::bench::count(count * size);
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) noexcept {
  sitegate::bench::count(size);
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  sitegate::bench::count(size);
  return __libc_memalign(alignment, size);
}
}
