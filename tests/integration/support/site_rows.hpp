#pragma once
// Words for the table of CONTRACT 0.3: what a site says, and what the caller gets for it.

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "tests/integration/support/hop.hpp"

namespace sitegate::test {

// What the caller gets. `proxy` follows `error=` in Proxy-Status, `hops` are lines of stacktrace.

Expected cannot_trust(const std::string& proxy);    ///< 401, made here
Expected protocol_error(const std::string& proxy);  ///< 502
Expected discarded();                               ///< 502: a 200 that is not what was asked for
Expected unreadable_head();                         ///< 502: no answer at all
Expected status_discarded(int status, const std::string& hops = {});  ///< 502
Expected unavailable(int status, const std::string& retry_after);     ///< 503
Expected too_late(const std::string& proxy);                          ///< 504
Expected refused_us(int status, const std::string& hops = {});        ///< 401, by its verdict
Expected task_not_found(const std::string& hops = "site2: TaskNotFound\n");

// What a site says.

std::string error_answer(int status, std::string_view code, std::string_view more_fields = {});
std::string ok(std::string_view body);
std::string document_answer();                                        ///< 200 with the task
std::string raw_200(std::string_view fields, std::string_view body);  ///< without Content-Length
std::string chunk(std::string_view content);
std::string with_member(std::string_view member);  ///< the task, and one member more

/// Reads one request, does `then`, and is gone.
FakeSite::Script once(const std::function<void(SiteConnection&)>& then);
FakeSite::Script sends_then_cuts(const std::string& text);
FakeSite::Script sends_then_closes(const std::string& text);

/// Answers the first request of the first connection; `dies` with the second one. Every later
/// connection is in the hands of `later`.
FakeSite::Script dying_after_one(const FakeSite::Script& dies, const FakeSite::Script& later);

/// A row of the table.
struct Row {
  std::string name;
  FakeSite::Script site;
  Expected expected;
};
void PrintTo(const Row& row, std::ostream* out);

/// The exchange: the caller gets what the row says, the site was asked once, and the caller's own
/// session goes on.
void expect_row(const Row& row);

}  // namespace sitegate::test
