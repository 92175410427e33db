// Makes docs/ERRORS.md from the error table: `errors_md > docs/ERRORS.md`.
// `errors_md --check FILE` compares instead, and says how to bring the file up to date.

#include <string>
#include <string_view>

#include "contract/error.hpp"
#include "tests/tidy/generated_document.hpp"

namespace {

using sitegate::ErrorCode;
using sitegate::ErrorTraits;

/// What the operator of the gateway does about it. No default: a new code is a compile error here.
std::string_view for_operators(ErrorCode code) {
  switch (code) {
    case ErrorCode::BadRequest:
      return "Nothing; many from one address point to a broken client or a scanner.";
    case ErrorCode::BadUserInput:
    case ErrorCode::EndpointNotFound:
    case ErrorCode::TaskNotFound:
    case ErrorCode::MethodNotAllowed:
    case ErrorCode::NotAcceptable:
    case ErrorCode::UnsupportedMediaType:
    case ErrorCode::ExpectationFailed:
    case ErrorCode::NotImplemented:
    case ErrorCode::HttpVersionNotSupported:
      return "Nothing; the caller has to change the request.";
    case ErrorCode::NotAuthenticated:
      return "Nothing; sessions end by `sessions.idle`, `sessions.lifetime` and logout.";
    case ErrorCode::LoginFailed:
    case ErrorCode::ExtensionRefused:
      return "Many from one address may be somebody who guesses passwords.";
    case ErrorCode::RemoteAuthenticationFailure:
      return "Compare `sites` here with `peers` there: `tls_name`, `trust`, certificates and their "
             "dates, statement keys, `accept.users`, clocks. The process log has the cause.";
    case ErrorCode::ExtensionNeeded:
      return "Nothing, or a shorter `sessions.keep_extensions`: that site may end sessions sooner.";
    case ErrorCode::Forbidden:
      return "Give the user the role in the users file, if the user should have it.";
    case ErrorCode::SiteNotFound:
      return "Add the site under `sites`, if callers should reach it.";
    case ErrorCode::RequestTimeout:
      return "Nothing; a slow or stuck client. Limits: `limits.head_time`, `limits.body_time`.";
    case ErrorCode::Conflict:
      return "Two producers may be writing one task, or one sends its states out of order.";
    case ErrorCode::PayloadTooLarge:
    case ErrorCode::UriTooLong:
    case ErrorCode::HeadersTooLarge:
      return "Raise the limit of it (`limits`) only for a client that cannot be changed.";
    case ErrorCode::TooManyRequests:
      return "Limits: `limits.login_failures_per_*` (logins), `routing.questions_per_*` (lookups "
             "without `site`, lists of all sites), `limits.connections_per_address`.";
    case ErrorCode::GeneralServerFailure:
      return "A defect: find the process log line with this X-Request-Id and report it.";
    case ErrorCode::SiteProtocolError:
      return "The log says what was wrong; often `remote_name`, or what answers in its place.";
    case ErrorCode::SiteUnavailable:
      return "See whether that site runs and can be reached; raise `max_in_flight` if that was "
             "met.";
    case ErrorCode::StoreUnavailable:
      return "See the process log: disk full, file rights, a damaged file.";
    case ErrorCode::Overloaded:
      return "`args` say what: more cores and `workers`, a longer queue (`limits.*_queue`), more "
             "`limits.connections`, a higher limit of open files.";
    case ErrorCode::ShuttingDown:
      return "Nothing; a stop was asked for.";
    case ErrorCode::SiteTimeout:
      return "Compare durations in the access log with `timeouts` of that site.";
    case ErrorCode::LoopDetected:
      return "`url` of a site leads back here, or a site forwards what it should answer.";
  }
  return {};
}

std::string document() {
  std::string out =
      "# Errors\n"
      "\n"
      "Every answer of 400 and above is an ApiError: `code`, `msg`, `args`, `stacktrace`.\n"
      "`{0}`, `{1}` in a message stand for the values in `args`, `{*}` for all of them as a list "
      "of\n"
      "sites. \"Retry\" means: the same request may succeed later without being changed.\n"
      "`stacktrace` names the sites that the error came through, one `site: Code` a line, nearest\n"
      "last.\n"
      "\n"
      "Made from the table in `contract/error.cpp` by `errors_md`; a test compares the two.\n"
      "\n"
      "| code | status | retry | message | for the operator |\n"
      "|---|---|---|---|---|\n";
  for (const ErrorTraits& row : sitegate::all_error_traits()) {
    out.append("| ").append(row.name);
    if (row.code == ErrorCode::LoginFailed)
      out += " (login)";
    out.append(" | ").append(std::to_string(row.status));
    out.append(row.retryable ? " | yes | " : " | no | ");
    out.append(cell(row.message)).append(" | ").append(cell(for_operators(row.code)));
    out += " |\n";
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  return print_or_compare(document(), argc, argv, "errors_md", "docs/ERRORS.md");
}
