#include "tests/integration/support/answer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <stdexcept>

namespace sitegate::test {
namespace {

/// Calls `use(name, value)` for each field of a head.
template <class Use>
void for_each_field(std::string_view head, const Use& use) {
  auto at = head.find("\r\n");
  while (at != std::string_view::npos) {
    at += 2;
    const auto end = head.find("\r\n", at);
    if (end == std::string_view::npos || end == at)
      return;
    const auto line = head.substr(at, end - at);
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos)
      throw std::runtime_error("no field: " + std::string(line));
    use(line.substr(0, colon), line.substr(colon + 2));
    at = end;
  }
}

std::string text_of(const boost::json::value& value) {
  return std::string(std::string_view(value.as_string()));
}

std::string challenge_of(const Expected& expected, std::string_view site) {
  switch (expected.code) {
    case ErrorCode::NotAuthenticated:
      return "Authentication Token Required";
    case ErrorCode::LoginFailed:
      return "Login realm=\"" + std::string(site) + "\"";
    case ErrorCode::RemoteAuthenticationFailure:
      return "RemoteSite realm=\"" + expected.args.at(0) + "\"";
    default:
      return "";
  }
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::vector<std::string> Answer::all(std::string_view name) const {
  std::vector<std::string> values;
  for_each_field(head, [&](std::string_view found, std::string_view value) {
    if (lower_case(found) == lower_case(name))
      values.emplace_back(value);
  });
  return values;
}

std::string Answer::field(std::string_view name) const {
  const auto values = all(name);
  if (values.size() > 1)
    throw std::runtime_error("more than one " + std::string(name) + " in " + head);
  return values.empty() ? "" : values.front();
}

std::vector<std::string> Answer::field_names() const {
  std::vector<std::string> names;
  for_each_field(head, [&](std::string_view name, std::string_view) { names.emplace_back(name); });
  return names;
}

ApiErrorBody Answer::api_error() const {
  const auto value = boost::json::parse(body);
  const auto& object = value.as_object();
  if (object.size() != 4)
    throw std::runtime_error("not the four members: " + body);
  ApiErrorBody error{
      text_of(object.at("code")), text_of(object.at("msg")), {}, text_of(object.at("stacktrace"))};
  for (const auto& arg : object.at("args").as_array()) error.args.push_back(text_of(arg));
  return error;
}

std::string Answer::without_ids() const {
  std::string text = head.substr(0, head.find("\r\n"));
  for_each_field(head, [&](std::string_view name, std::string_view value) {
    const bool differs = name == "X-Request-Id" || name == "operationID" || name == "Date";
    text.append("\n").append(name).append(": ").append(differs ? "..." : value);
  });
  return text.append("\n\n").append(body);
}

void expect_error(const Answer& answer, const Expected& expected, std::string_view site,
                  std::string_view asked) {
  SCOPED_TRACE(answer.head + answer.body.substr(0, 1000));
  ASSERT_EQ(answer.status, expected.status);
  const auto error = answer.api_error();
  EXPECT_EQ(error.code, traits(expected.code).name);
  EXPECT_EQ(error.args, expected.args);
  EXPECT_EQ(error.msg, message_of(make_error(expected.code, expected.args)));
  EXPECT_EQ(error.stacktrace, expected.hops + std::string(site) + ": " + error.code);
  EXPECT_EQ(answer.field("Retry-After"), expected.retry_after);
  EXPECT_EQ(answer.field("WWW-Authenticate"), challenge_of(expected, site));
  EXPECT_EQ(answer.field("Content-Length"), std::to_string(answer.body.size()));
  EXPECT_EQ(answer.field("Content-Type"), "application/json;charset=UTF-8");
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  EXPECT_EQ(answer.field("X-Request-Id").size(), 36U);
  EXPECT_FALSE(answer.field("operationID").empty());
  EXPECT_EQ(answer.field("X-VCAV-Auth"), "");
  const auto gateway = "sitegate-" + std::string(site);
  if (expected.proxy == "-") {
    EXPECT_EQ(answer.field("Proxy-Status"), "");
    EXPECT_EQ(answer.field("Via"), "");
  } else {
    EXPECT_EQ(answer.field("Proxy-Status"),
              gateway + "; next-hop=\"" + std::string(asked) + "\"" + expected.proxy);
    EXPECT_EQ(answer.field("Via"), "1.1 " + gateway);
  }
}

}  // namespace sitegate::test
