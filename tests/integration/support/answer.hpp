#pragma once
// What a client reads, and what it must be.

#include <string>
#include <string_view>
#include <vector>

#include "contract/error.hpp"

namespace sitegate::test {

struct ApiErrorBody {
  std::string code;
  std::string msg;
  std::vector<std::string> args;
  std::string stacktrace;
};

struct Answer {
  int status = 0;
  std::string head{};  ///< as sent, its empty line included
  std::string body{};  ///< as sent; empty after HEAD

  std::vector<std::string> all(std::string_view name) const;  ///< values, case-insensitive
  std::string field(std::string_view name) const;  ///< its one value; empty without the field
  std::vector<std::string> field_names() const;    ///< in their order, as sent

  /// Throws std::runtime_error unless the body is an object of exactly the four members.
  ApiErrorBody api_error() const;

  /// Head and body without what differs from answer to answer by itself: the values of
  /// X-Request-Id, operationID and Date.
  std::string without_ids() const;
};

std::string lower_case(std::string_view text);

/// What an ApiError must be, to the last field.
struct Expected {
  int status = 0;
  ErrorCode code = ErrorCode::GeneralServerFailure;
  std::vector<std::string> args{};
  std::string hops{};         ///< lines of `stacktrace` before the local one, each with its newline
  std::string retry_after{};  ///< empty: the field must be absent
  std::string proxy{};        ///< of Proxy-Status, behind next-hop; "-": not forwarded, no field
};

/// Adds a failure to the running test for everything that is not as expected. `site` answers;
/// `asked` is the site that the request was for.
void expect_error(const Answer& answer, const Expected& expected, std::string_view site = "site1",
                  std::string_view asked = "site2");

}  // namespace sitegate::test
