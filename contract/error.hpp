#pragma once
// Every way a request can fail: one closed list, one table, one value type.
//
// Nothing else in the tree knows a status number or the text of a message. A failure that is
// foreseen travels as an `Error` inside a `Result` (contract/result.hpp); an exception means a bug
// or exhausted memory. Source: CONTRACT 0.3 and 0.4, docs/ERRORS.md is generated from the table.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sitegate {

enum class ErrorCode : std::uint8_t {
  BadRequest,
  BadUserInput,
  NotAuthenticated,
  LoginFailed,  // on the wire: NotAuthenticated, with a challenge and a sentence of its own
  RemoteAuthenticationFailure,
  ExtensionNeeded,  // both on the wire: RemoteAuthenticationFailure, each with a sentence of its
                    // own
  ExtensionRefused,
  Forbidden,
  EndpointNotFound,
  SiteNotFound,
  TaskNotFound,
  MethodNotAllowed,
  NotAcceptable,
  RequestTimeout,
  Conflict,
  PayloadTooLarge,
  UriTooLong,
  UnsupportedMediaType,
  ExpectationFailed,
  TooManyRequests,
  HeadersTooLarge,
  GeneralServerFailure,
  NotImplemented,
  SiteProtocolError,
  SiteUnavailable,
  StoreUnavailable,
  Overloaded,
  ShuttingDown,
  SiteTimeout,
  HttpVersionNotSupported,
  LoopDetected,
};
inline constexpr std::size_t kErrorCodeCount =
    static_cast<std::size_t>(ErrorCode::LoopDetected) + 1;

enum class LogLevel : std::uint8_t { Info, Warning, Severe };

/// One row of the table.
struct ErrorTraits {
  ErrorCode code;
  std::string_view name;     ///< the `code` member of an ApiError
  int status;                ///< HTTP status
  bool retryable;            ///< the same request may succeed later without being changed
  LogLevel level;            ///< of the line that the failure leaves in the process log
  std::string_view message;  ///< a sentence that says what to do; `{0}`, `{1}`, ... are
                             ///< `args`, `{*}` is all of them as a list of sites
};

/// The row of `code`. Never fails: the table is complete at compile time.
const ErrorTraits& traits(ErrorCode code) noexcept;

/// All rows in the order of the enumeration (docs/ERRORS.md and the golden tests read them).
std::span<const ErrorTraits> all_error_traits() noexcept;

struct Error {
  ErrorCode code = ErrorCode::GeneralServerFailure;
  /// The values that the message speaks of, shown to the caller: never a secret, path or class.
  std::vector<std::string> args;
  /// Lines `site: Code` of the hops the error took before it reached this gateway, nearest last.
  std::vector<std::string> hops;
  /// For the log alone; never shown to a caller.
  std::string detail;
  /// Seconds for `Retry-After`; 0 = the default of the code, if it carries the field at all.
  int retry_after = 0;
};

/// Makes an error for the caller (`args`) and, optionally, a `detail` for the log.
Error make_error(ErrorCode code, std::vector<std::string> args = {}, std::string detail = {});

/// `BadUserInput` in its one shape: what was wrong, what was sent, what is allowed.
/// `sent` is cut to 128 octets; octets that are not printable ASCII are shown as `?`.
Error bad_user_input(std::string_view what, std::string_view sent, std::string_view allowed);

/// The sentence for the caller: the row's message with its placeholders filled from `args`.
std::string message_of(const Error& error);

/// The body of an answer: `{"args":[],"code":"","msg":"","stacktrace":""}`. `site` is the local
/// site: its own line ends `stacktrace`.
std::string render_api_error(const Error& error, std::string_view site);

/// Hides what looks like a secret, shortens to `limit` octets and replaces everything but printable
/// ASCII by `?`: for values of a stranger that go into `args` or a log line.
std::string printable(std::string_view text, std::size_t limit = 128);

}  // namespace sitegate
