#pragma once
// One pass over JSON text without a document tree (DESIGN section 5, "Answers"): is it whole and
// well-formed, and what do the few members say that we look at?
//
// Checked: RFC 8259 grammar with nothing but white space after the value, valid UTF-8, bounds on
// nesting and on the number of members (CHECKLIST 30), an object at the top, and no member name
// twice in one object (names are compared after unescaping; Boost.JSON keeps the last one silently,
// PLATFORM section 0). Costs n log n in the number of members at worst and no allocation for
// documents of ordinary size. Numbers are not judged, only an exponent beyond 32 bits is refused;
// whoever reads one looks at `kind`.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace sitegate {

enum class JsonKind : std::uint8_t {
  String,
  Integer,  ///< no fraction, no exponent, fits int64
  Number,   ///< every other number: `50.0`, `5e1`, 2^64
  Bool,
  Null,
  Array,
  Object,
};

/// A member of the top object, or of an object that is a member of it. The views live as long as
/// the call they come with.
struct JsonMember {
  std::string_view path;  ///< `id`, `workflowInfo.type`
  JsonKind kind;
  std::string_view text;     ///< a string unescaped, else the value as it stands; containers: empty
  std::int64_t integer = 0;  ///< of an Integer
  std::size_t offset = npos;  ///< of a string's first octet in the input; npos: it has escapes

  static constexpr std::size_t npos = std::string_view::npos;
};

/// Bounds of a document that a stranger sent: with them a scan costs a few milliseconds at most.
struct JsonLimits {
  std::size_t depth = 64;       ///< containers within each other, the top object included
  std::size_t members = 20000;  ///< of all objects together
};

/// What is wrong, as a fragment for the message of BadRequest. Octets are counted from 1.
struct JsonFault {
  std::string what;
};

/// Refers to any callable that takes a `const JsonMember&`; owns nothing, costs nothing.
class JsonVisitor {
 public:
  template <class F>
  requires(std::is_invocable_v<F&, const JsonMember&> &&
           !std::is_same_v<std::remove_cvref_t<F>, JsonVisitor>) JsonVisitor(F&& f)
  noexcept  // implicit: a lambda is written where it is used
      : callable_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* callable, const JsonMember& member) {
          (*static_cast<std::remove_reference_t<F>*>(callable))(member);
        }) {}

  void operator()(const JsonMember& member) const { call_(callable_, member); }

 private:
  void* callable_;
  void (*call_)(void*, const JsonMember&);
};

/// Scans `text`; `member` sees the members in the order they stand, a container before its own.
/// Names that contain a dot are checked like all others but not shown, so that a path means one
/// thing only. Members may have been shown before a fault is found. nullopt: no fault.
std::optional<JsonFault> scan_json_object(std::string_view text, const JsonLimits& limits,
                                          JsonVisitor member);

}  // namespace sitegate
