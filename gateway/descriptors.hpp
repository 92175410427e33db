#pragma once
// The process's descriptors: how many there are, how many of them callers may have, and what is
// done when there are none.

#include <cstddef>

#include "config/settings.hpp"

namespace sitegate {

/// Raises the soft limit of descriptors to the hard one; how many there may be then.
std::size_t raise_descriptor_limit();

/// What callers leave to the rest: listeners, the store, logs, connections that are turned away;
/// and one for every lookup that may be under way at a site.
std::size_t reserved_descriptors(const Settings& settings, std::size_t workers);

/// Of `wanted` connections, as many as leave `reserved` of all descriptors free; at least half of
/// them all, because a gateway that takes no callers needs no descriptors either.
std::size_t connections_that_fit(std::size_t wanted, std::size_t all, std::size_t reserved);

/// A descriptor in reserve. Without descriptors not even a refusal is possible: then this one is
/// lent to accept who waits and to close that at once, instead of leaving it hanging.
class SpareDescriptor {
 public:
  SpareDescriptor() { take_back(); }
  ~SpareDescriptor() { lend(); }
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  void lend() noexcept;
  void take_back() noexcept;

 private:
  int fd_ = -1;
};

}  // namespace sitegate
