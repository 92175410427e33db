#include "contract/error.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "contract/secrets.hpp"

namespace sitegate {
namespace {

using enum ErrorCode;
using enum LogLevel;

// Order = the enumeration; the static_assert below holds both together.
constexpr std::array<ErrorTraits, kErrorCodeCount> kTable{{
    {BadRequest, "BadRequest", 400, false, Info,
     "The request is not well-formed HTTP, or its body is not JSON: {0}. Correct it and send it "
     "again."},
    {BadUserInput, "BadUserInput", 400, false, Info,
     "Correct '{0}': it must be {2}, but was '{1}'."},
    {NotAuthenticated, "NotAuthenticated", 401, false, Info,
     "This operation needs a login. Log in with POST /sessions and send the token you receive in "
     "the header X-VCAV-Auth."},
    {LoginFailed, "NotAuthenticated", 401, false, Info,
     "Authentication required. The user name or the password is not right; check both and log in "
     "again."},
    {RemoteAuthenticationFailure, "RemoteAuthenticationFailure", 401, false, Warning,
     "This gateway and site '{0}' did not accept each other's identity, so the site could not be "
     "asked. Your own session is still valid; ask the operator to check the trust between the "
     "sites."},
    {ExtensionNeeded, "RemoteAuthenticationFailure", 401, false, Info,
     "You have no session at site '{0}', or it is over there. Extend again with POST "
     "/sessions/extend; your own session here is still valid."},
    {ExtensionRefused, "RemoteAuthenticationFailure", 401, false, Info,
     "Site '{0}' did not accept these credentials. Correct them and extend again; your own session "
     "here is still valid."},
    {Forbidden, "Forbidden", 403, false, Info,
     "Permission denied. This operation needs {0}; ask an administrator for it."},
    {EndpointNotFound, "EndpointNotFound", 404, false, Info,
     "There is no operation at '{0}'. Check the path."},
    {SiteNotFound, "SiteNotFound", 404, false, Info,
     "Site '{0}' is not known here. Check the name (upper and lower case matter) or ask the "
     "operator to add the site."},
    {TaskNotFound, "TaskNotFound", 404, false, Info,
     "There is no task '{0}' that you may see. Check the id and the site it was started on."},
    {MethodNotAllowed, "MethodNotAllowed", 405, false, Info,
     "{0} is not possible here. Use one of: {1}."},
    {NotAcceptable, "NotAcceptable", 406, false, Info,
     "None of the media types in Accept can be produced. Ask for one of those listed in args."},
    {RequestTimeout, "RequestTimeout", 408, true, Info,
     "The request did not arrive in time ({0}). Send it again, without pauses."},
    {Conflict, "Conflict", 409, false, Info,
     "The task was not changed: {0}. Read its current state before you write it again."},
    {PayloadTooLarge, "PayloadTooLarge", 413, false, Info,
     "The body is larger than the {0} octets that are allowed here. Send a smaller one."},
    {UriTooLong, "UriTooLong", 414, false, Info,
     "The request line is longer than the {0} octets that are allowed. Shorten the path or the "
     "query."},
    {UnsupportedMediaType, "UnsupportedMediaType", 415, false, Info,
     "A body of type '{0}' is not understood. Send it with Content-Type: application/json."},
    {ExpectationFailed, "ExpectationFailed", 417, false, Info,
     "The expectation '{0}' cannot be met. Leave the Expect field out, or send 100-continue."},
    {TooManyRequests, "TooManyRequests", 429, true, Info,
     "Too many requests: {0}. Wait as long as Retry-After says, then try again."},
    {HeadersTooLarge, "HeadersTooLarge", 431, false, Info,
     "The header section exceeds its limit: {0}. Send fewer or smaller fields."},
    {GeneralServerFailure, "GeneralServerFailure", 500, false, LogLevel::Severe,
     "The gateway failed in a way that was not foreseen. Tell the operator the value of the header "
     "X-Request-Id of this answer."},
    {NotImplemented, "NotImplemented", 501, false, Info,
     "'{0}' is not supported by this gateway. Use one of: {1}."},
    {SiteProtocolError, "SiteProtocolError", 502, true, Warning,
     "Site '{0}' answered in a way that cannot be relied upon, so its answer was discarded. Try "
     "again; if it stays, ask the operator of that site."},
    {SiteUnavailable, "SiteUnavailable", 503, true, Warning,
     "There is no answer at present from {*}. Try again when Retry-After has passed."},
    {StoreUnavailable, "StoreUnavailable", 503, true, LogLevel::Severe,
     "The task store of this site cannot be used at present. Try again when Retry-After has "
     "passed."},
    {Overloaded, "Overloaded", 503, true, Warning,
     "The gateway has more to do than it can ({0}). Try again when Retry-After has passed."},
    {ShuttingDown, "ShuttingDown", 503, true, Info,
     "This gateway is shutting down. Send the request again; another one will answer it."},
    {SiteTimeout, "SiteTimeout", 504, true, Warning,
     "Site '{0}' did not answer in time. Try again; if it stays, ask the operator of that site."},
    {HttpVersionNotSupported, "HttpVersionNotSupported", 505, false, Info,
     "This HTTP version is not spoken here. Use HTTP/1.1."},
    {LoopDetected, "LoopDetected", 508, false, Warning,
     "The request came here from another gateway and would have to travel on to '{0}'. Ask that "
     "site directly; the operator should check the addresses of the sites."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i)
    if (kTable[i].code != static_cast<ErrorCode>(i) || kTable[i].name.empty() ||
        kTable[i].message.empty() || kTable[i].status < 400)
      return false;
  return true;
}
static_assert(in_order(), "the error table has a row per ErrorCode, in the enumeration's order");

/// `site 'a'`, `sites 'a', 'b'`: what stands for {*}.
std::string listed(const std::vector<std::string>& sites) {
  std::string out = sites.size() == 1 ? "site " : "sites ";
  for (const auto& site : sites)
    out.append(&site == sites.data() ? "'" : ", '").append(site).append("'");
  return out;
}

}  // namespace

const ErrorTraits& traits(ErrorCode code) noexcept {
  return kTable[static_cast<std::size_t>(code)];
}

std::span<const ErrorTraits> all_error_traits() noexcept {
  return kTable;
}

Error make_error(ErrorCode code, std::vector<std::string> args, std::string detail) {
  return Error{.code = code, .args = std::move(args), .hops = {}, .detail = std::move(detail)};
}

Error bad_user_input(std::string_view what, std::string_view sent, std::string_view allowed) {
  return make_error(BadUserInput, {std::string(what), printable(sent), std::string(allowed)});
}

std::string message_of(const Error& error) {
  const std::string_view text = traits(error.code).message;
  std::string out;
  out.reserve(text.size() + 64);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool placeholder = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}';
    if (!placeholder) {
      out += text[i];
      continue;
    }
    const auto index = static_cast<std::size_t>(text[i + 1] - '0');
    if (text[i + 1] == '*')
      out += listed(error.args);
    else if (index < error.args.size())
      out += error.args[index];
    i += 2;
  }
  return out;
}

std::string render_api_error(const Error& error, std::string_view site) {
  namespace json = boost::json;
  std::string hops;
  for (const auto& hop : error.hops) hops.append(hop).append("\n");
  hops.append(site).append(": ").append(traits(error.code).name);
  json::array args;
  for (const auto& arg : error.args) args.emplace_back(arg);
  return json::serialize(json::object{{"args", std::move(args)},
                                      {"code", traits(error.code).name},
                                      {"msg", message_of(error)},
                                      {"stacktrace", hops}});
}

std::string printable(std::string_view text, std::size_t limit) {
  auto out = without_secrets(text);
  if (out.size() > limit)
    out.resize(limit);
  for (char& c : out)
    if (c < 0x20 || c > 0x7e)
      c = '?';
  return out;
}

}  // namespace sitegate
