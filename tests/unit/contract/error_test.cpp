// The error table, and one golden file per code: what a caller sees of it. To write the files
// anew after an intended change, run this program with SITEGATE_WRITE_GOLDEN=1.

#include "contract/error.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "contract/result.hpp"

namespace sitegate {
namespace {

struct Sample {
  std::string file;
  ErrorCode code;
  std::vector<std::string> args;
};

std::vector<Sample> samples() {
  using enum ErrorCode;
  const std::string id = "f61d60d2-698a-46dc-a266-88df27644956";
  return {
      {"BadRequest", BadRequest, {"unexpected end after 17 octets"}},
      {"BadUserInput", BadUserInput, {"site", "no such/site", "a site name"}},
      {"NotAuthenticated", NotAuthenticated, {}},
      {"LoginFailed", LoginFailed, {}},
      {"RemoteAuthenticationFailure", RemoteAuthenticationFailure, {"site2"}},
      {"ExtensionNeeded", ExtensionNeeded, {"site2"}},
      {"ExtensionRefused", ExtensionRefused, {"site2"}},
      {"Forbidden", Forbidden, {"role TASK_PRODUCER"}},
      {"EndpointNotFound", EndpointNotFound, {"/no/such/path"}},
      {"SiteNotFound", SiteNotFound, {"site9"}},
      {"TaskNotFound", TaskNotFound, {id}},
      {"MethodNotAllowed", MethodNotAllowed, {"POST", "GET, HEAD, PUT, OPTIONS"}},
      {"NotAcceptable", NotAcceptable, {"application/json"}},
      {"RequestTimeout", RequestTimeout, {"the head took longer than 10 s"}},
      {"Conflict", Conflict, {"it is finished (FAILED), and finished is final"}},
      {"PayloadTooLarge", PayloadTooLarge, {"1048576"}},
      {"UriTooLong", UriTooLong, {"8192"}},
      {"UnsupportedMediaType", UnsupportedMediaType, {"text/plain"}},
      {"ExpectationFailed", ExpectationFailed, {"200-ok"}},
      {"TooManyRequests", TooManyRequests, {"10 failed logins in a minute"}},
      {"HeadersTooLarge", HeadersTooLarge, {"100 fields"}},
      {"GeneralServerFailure", GeneralServerFailure, {}},
      {"NotImplemented", NotImplemented, {"ssoToken", "localUser, ssoCredentials"}},
      {"SiteProtocolError", SiteProtocolError, {"site2"}},
      {"SiteUnavailable", SiteUnavailable, {"site2"}},
      {"StoreUnavailable", StoreUnavailable, {}},
      {"Overloaded", Overloaded, {"1024 writes wait for the task store"}},
      {"ShuttingDown", ShuttingDown, {}},
      {"SiteTimeout", SiteTimeout, {"site2"}},
      {"HttpVersionNotSupported", HttpVersionNotSupported, {}},
      {"LoopDetected", LoopDetected, {"site3"}},
  };
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::Info:
      return "info";
    case LogLevel::Warning:
      return "warning";
    case LogLevel::Severe:
      return "severe";
  }
  return "";
}

std::string golden_text(const Sample& sample) {
  const auto& row = traits(sample.code);
  return "status: " + std::to_string(row.status) +
         "\nretryable: " + (row.retryable ? "yes" : "no") +
         "\nlog: " + std::string(name_of(row.level)) + "\n\n" +
         render_api_error(make_error(sample.code, sample.args), "site1") + "\n";
}

TEST(ErrorTable, every_code_looks_as_its_golden_file_says) {
  const bool write = std::getenv("SITEGATE_WRITE_GOLDEN") != nullptr;
  for (const auto& sample : samples()) {
    const std::string path = SITEGATE_TEST_DATA "/golden/errors/" + sample.file + ".txt";
    if (write)
      std::ofstream(path) << golden_text(sample);
    std::ifstream in(path);
    const std::string expected{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(golden_text(sample), expected) << path;
  }
}

TEST(ErrorTable, every_code_has_a_golden_file) {
  std::set<ErrorCode> codes;
  for (const auto& sample : samples()) codes.insert(sample.code);
  EXPECT_EQ(codes.size(), kErrorCodeCount);
  EXPECT_EQ(all_error_traits().size(), kErrorCodeCount);
}

TEST(ErrorTable, every_placeholder_has_a_value) {
  for (const auto& sample : samples()) {
    const auto message = message_of(make_error(sample.code, sample.args));
    EXPECT_EQ(message.find('{'), std::string::npos) << message;
    EXPECT_TRUE(message.ends_with('.')) << message;
    if (sample.code == ErrorCode::NotAcceptable || sample.code == ErrorCode::SiteUnavailable)
      continue;  // their args are a list of any length
    std::size_t placeholders = 0;
    const auto text = traits(sample.code).message;
    while (text.find('{' + std::to_string(placeholders) + '}') != std::string_view::npos)
      ++placeholders;
    EXPECT_EQ(placeholders, sample.args.size()) << sample.file;
  }
}

TEST(ErrorTable, names_are_unique_but_for_those_of_rows_with_a_sentence_of_their_own) {
  std::multiset<std::string_view> names;
  for (const auto& row : all_error_traits()) names.insert(row.name);
  for (const auto& name : names)
    EXPECT_EQ(names.count(name), name == "NotAuthenticated"              ? 2U
                                 : name == "RemoteAuthenticationFailure" ? 3U
                                                                         : 1U)
        << name;
}

TEST(ErrorMessage, values_are_put_in_as_they_are) {
  EXPECT_EQ(message_of(make_error(ErrorCode::EndpointNotFound, {"/{0}{1}"})),
            "There is no operation at '/{0}{1}'. Check the path.");
}

TEST(ErrorMessage, all_sites_that_were_not_heard_are_named) {
  EXPECT_EQ(message_of(make_error(ErrorCode::SiteUnavailable, {"site2", "site3"})),
            "There is no answer at present from sites 'site2', 'site3'. Try again when "
            "Retry-After has passed.");
}

TEST(ErrorMessage, a_missing_value_leaves_a_gap_and_nothing_worse) {
  EXPECT_EQ(message_of(make_error(ErrorCode::BadUserInput, {"site"})),
            "Correct 'site': it must be , but was ''.");
}

TEST(ErrorMessage, the_failed_login_says_what_clients_look_for) {
  EXPECT_NE(message_of(make_error(ErrorCode::LoginFailed)).find("Authentication required."),
            std::string::npos);
}

TEST(ApiError, has_all_four_members_and_ends_with_this_site) {
  Error error = make_error(ErrorCode::SiteUnavailable, {"site2"}, "connect: refused, secret");
  error.hops = {"site3: TaskNotFound", "site2: SiteUnavailable"};
  const auto body = render_api_error(error, "site1");
  const auto object = boost::json::parse(body).as_object();
  EXPECT_EQ(object.size(), 4U);
  EXPECT_EQ(object.at("code").as_string(), "SiteUnavailable");
  EXPECT_EQ(object.at("args").as_array().at(0).as_string(), "site2");
  EXPECT_EQ(object.at("msg").as_string(), message_of(error));
  EXPECT_EQ(object.at("stacktrace").as_string(),
            "site3: TaskNotFound\nsite2: SiteUnavailable\nsite1: SiteUnavailable");
  EXPECT_EQ(body.find("secret"), std::string::npos);
}

TEST(ApiError, a_strangers_value_cannot_break_out_of_its_string) {
  const auto error = bad_user_input("site", "\"},\x01\x7f\xff\r\n", "x");
  EXPECT_EQ(error.args.at(1), "\"},?????");
  const auto object = boost::json::parse(render_api_error(error, "site1")).as_object();
  EXPECT_EQ(object.at("args").as_array().at(1).as_string(), "\"},?????");
}

TEST(Printable, cuts_and_replaces) {
  EXPECT_EQ(printable("abc ~", 10), "abc ~");
  EXPECT_EQ(printable("abcdef", 3), "abc");
  EXPECT_EQ(printable(std::string_view("a\0b\x1f\x7f\x80", 6)), "a?b???");
  EXPECT_EQ(printable(std::string(500, 'a')).size(), 128U);
}

TEST(Printable, hides_a_secret_before_it_cuts) {
  const std::string token = "hZx1dV0kT3m-9QbL2s_RfWcYpA7uNeGjK4oIvM8tS6E";
  EXPECT_EQ(printable(std::string(120, ' ') + token), std::string(120, ' ') + "(secret)");
}

TEST(Result, the_value_of_a_failure_is_a_bug_and_says_so) {
  const Result<int> failed = make_error(ErrorCode::Conflict);
  EXPECT_THROW(static_cast<void>(failed.value()), std::logic_error);
}

Result<int> half(int number) {
  if (number % 2 != 0)
    return make_error(ErrorCode::BadUserInput);
  return number / 2;
}

Result<int> quarter(int number) {
  SITEGATE_TRY(const int once, half(number));
  SITEGATE_TRY(const int twice, half(once));
  return twice;
}

TEST(Result, try_returns_the_first_failure) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().code, ErrorCode::BadUserInput);
}

}  // namespace
}  // namespace sitegate
