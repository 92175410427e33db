#pragma once
// `Result<T>`: a value, or the `Error` that the caller will see. Expected failure is a value.

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <stdexcept>

#include "contract/error.hpp"

namespace sitegate {

template <class T>
using Result = boost::system::result<T, Error>;

/// Found by Boost.System when `.value()` is called on a failure: that is a bug of ours.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::logic_error("value() of a failed Result: " + std::string(traits(error.code).name));
}

}  // namespace sitegate

#define SITEGATE_CONCAT_(a, b) a##b
#define SITEGATE_CONCAT(a, b) SITEGATE_CONCAT_(a, b)

/// `SITEGATE_TRY(auto x, expression);` — x is the value, or the function returns the error.
#define SITEGATE_TRY(declaration, ...)                            \
  auto SITEGATE_CONCAT(result_, __LINE__) = (__VA_ARGS__);        \
  if (!SITEGATE_CONCAT(result_, __LINE__))                        \
    return std::move(SITEGATE_CONCAT(result_, __LINE__)).error(); \
  declaration = std::move(*SITEGATE_CONCAT(result_, __LINE__))

/// The same inside a coroutine.
#define SITEGATE_CO_TRY(declaration, ...)                            \
  auto SITEGATE_CONCAT(result_, __LINE__) = (__VA_ARGS__);           \
  if (!SITEGATE_CONCAT(result_, __LINE__))                           \
    co_return std::move(SITEGATE_CONCAT(result_, __LINE__)).error(); \
  declaration = std::move(*SITEGATE_CONCAT(result_, __LINE__))
