// The request line, the field lines and Host (CHECKLIST 5 to 8, 11, 12, 18).

#include "routing/transport/http_head.hpp"

#include <gtest/gtest.h>

#include "tests/unit/transport/head_feed.hpp"

namespace sitegate::test {
namespace {

TEST(HttpHead, a_request_is_taken_apart) {
  const auto outcome = take_request(
      "PUT //tasks///7%2Fa?site=site2&x HTTP/1.1\r\nHost: site1.example:8441\r\n"
      "X-VCAV-Auth:\t secret \t\r\nContent-Length: 12\r\n\r\nbody follows");
  ASSERT_FALSE(outcome.error) << outcome.text;
  EXPECT_EQ(outcome.head.method, "PUT");
  EXPECT_EQ(outcome.head.path, "/tasks/7%2Fa");
  EXPECT_EQ(outcome.head.query, "site=site2&x");
  EXPECT_EQ(outcome.head.minor, 1);
  EXPECT_EQ(outcome.head.fields.first("x-vcav-auth"), "secret");
  EXPECT_EQ(framing_text(outcome.head.framing), "length 12");
  EXPECT_TRUE(outcome.head.keep_alive);
  EXPECT_FALSE(outcome.head.expects_continue);
}

TEST(HttpHead, nothing_behind_a_head_belongs_to_it) {
  const std::string head = with_target("/a");
  EXPECT_EQ(take_request(head + with_target("/b")).size, head.size());
  EXPECT_EQ(take_request(head + "\r\n\r\n").size, head.size());
  EXPECT_EQ(take_request(head + '\0').size, head.size());
}

// RFC 9112 3
TEST(HttpHead, request_line_has_three_parts_and_one_space_between_them) {
  for (const char* line : {"",
                           " ",
                           "GET",
                           "GET ",
                           "GET /",
                           "GET / ",
                           "GET  / HTTP/1.1",
                           "GET /  HTTP/1.1",
                           "GET / HTTP/1.1 ",
                           " GET / HTTP/1.1",
                           "\tGET / HTTP/1.1",
                           "GET\t/\tHTTP/1.1",
                           "GET / x HTTP/1.1",
                           "GET HTTP/1.1",
                           "/ HTTP/1.1",
                           ": / HTTP/1.1",
                           "G(T / HTTP/1.1",
                           "G\xC3\x89T / HTTP/1.1",
                           "GET / HTTP/1.1\x0B",
                           "\x16\x03\x01\x02 / HTTP/1.1"})
    EXPECT_EQ(refusal(std::string(line) + "\r\nHost: site1\r\n\r\n"), "BadRequest") << line;
}

TEST(HttpHead, a_method_is_any_token) {
  for (const char* method : {"GET", "get", "PATCH", "BREW", "M-SEARCH", "!#$%&'*+-.^_`|~09"}) {
    const auto outcome = take_request(std::string(method) + " / HTTP/1.1\r\nHost: site1\r\n\r\n");
    ASSERT_FALSE(outcome.error) << method;
    EXPECT_EQ(outcome.head.method, method);
  }
}

// RFC 9112 2.3
TEST(HttpHead, only_http_1_0_and_1_1_are_spoken) {
  const auto version = [](std::string_view text) {
    return refusal("GET / " + std::string(text) + "\r\nHost: site1\r\n\r\n");
  };
  EXPECT_EQ(version("HTTP/1.1"), "taken");
  EXPECT_EQ(version("HTTP/1.0"), "taken");
  for (const char* foreign : {"HTTP/0.9", "HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "HTTP/3.0"})
    EXPECT_EQ(version(foreign), "HttpVersionNotSupported") << foreign;
  for (const char* malformed :
       {"http/1.1", "HTTP/1", "HTTP/1.", "HTTP/11", "HTTP/1.10", "HTTP/01.1", "HTTP/1,1",
        "HTTP/a.b", "HTTPS/1.1", "HTTP 1.1", "HTTP/ 1.1"})
    EXPECT_EQ(version(malformed), "BadRequest") << malformed;
}

// CHECKLIST 18
TEST(HttpHead, preface_of_http_2_is_refused) {
  EXPECT_EQ(refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "HttpVersionNotSupported");
}

TEST(HttpHead, request_of_http_0_9_is_refused) {
  EXPECT_EQ(refusal("GET /\r\n\r\n"), "BadRequest");
}

TEST(HttpHead, upgrade_is_a_field_like_any_other) {
  const auto outcome = take_request(
      "GET / HTTP/1.1\r\nHost: site1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
      "HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 3\r\n\r\n");
  ASSERT_FALSE(outcome.error) << outcome.text;
  EXPECT_EQ(framing_text(outcome.head.framing), "length 3");
  EXPECT_TRUE(outcome.head.keep_alive);
}

// CHECKLIST 6
TEST(HttpHead, white_space_before_a_colon_is_refused) {
  for (const char* line : {"X : y", "X\t: y", "Host : site1", "Content-Length : 5", "X y: z"})
    EXPECT_EQ(refusal(with_line(line)), "BadRequest") << line;
}

// CHECKLIST 7
TEST(HttpHead, folded_lines_are_refused) {
  for (const char* line : {"X: y\r\n z", "X: y\r\n\tz", "X:\r\n y", "X: y\r\n "})
    EXPECT_EQ(refusal(with_line(line)), "BadRequest") << line;
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n Host: site1\r\n\r\n"), "BadRequest");
}

// CHECKLIST 8
TEST(HttpHead, control_characters_are_refused_wherever_they_stand) {
  for (int c = 0; c < 0x20; ++c) {
    const std::string octet(1, static_cast<char>(c));
    const auto* in_value = octet == "\t" ? "taken" : "BadRequest";
    EXPECT_EQ(refusal(with_line("X: a" + octet + "b")), in_value) << c;
    EXPECT_EQ(refusal(with_line("X" + octet + "Y: z")), "BadRequest") << c;
    EXPECT_EQ(refusal(with_target("/a" + octet + "b")), "BadRequest") << c;
    EXPECT_EQ(refusal("G" + octet + with_target("/")), "BadRequest") << c;
  }
  for (const auto& text : {with_line("X: \x7F"), with_line("X\x7F: y"), with_target("/\x7F")})
    EXPECT_EQ(refusal(text), "BadRequest");
}

TEST(HttpHead, octets_above_ascii_may_stand_in_a_value_alone) {
  EXPECT_EQ(refusal(with_line("X: \xC3\xA9\xFF")), "taken");
  EXPECT_EQ(refusal(with_line("X\xC3: y")), "BadRequest");
}

TEST(HttpHead, lines_end_in_cr_lf_and_nothing_else) {
  for (const char* text :
       {"GET / HTTP/1.1\nHost: site1\r\n\r\n", "GET / HTTP/1.1\r\nHost: site1\n\r\n",
        "GET / HTTP/1.1\r\nHost: site1\r\n\n", "GET / HTTP/1.1\rHost: site1\r\n\r\n",
        "GET / HTTP/1.1\r\r\nHost: site1\r\n\r\n", "GET / HTTP/1.1\r\nHost: site1\r\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: site1\r\n\rX", "\nGET / HTTP/1.1\r\nHost: site1\r\n\r\n"})
    EXPECT_EQ(refusal(text), "BadRequest") << text;
}

TEST(HttpHead, a_field_needs_a_name_and_a_colon) {
  for (const char* line : {"X", ": y", "X(Y): z", "X@Y: z", "\"X\": y", "X=y", "GET / HTTP/1.1"})
    EXPECT_EQ(refusal(with_line(line)), "BadRequest") << line;
  EXPECT_EQ(refusal(with_line("X:")), "taken");
  EXPECT_EQ(refusal(with_line("X:  ")), "taken");
  EXPECT_EQ(refusal(with_line("X:y:z")), "taken");
}

// CHECKLIST 11
TEST(HttpHead, http_1_1_needs_exactly_one_host) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), "BadRequest");
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nX-Host: site1\r\n\r\n"), "BadRequest");
  EXPECT_EQ(refusal(with_line("Host: site1")), "BadRequest");
  EXPECT_EQ(refusal(with_line("hOST: other")), "BadRequest");
  EXPECT_EQ(refusal("GET http://site1/ HTTP/1.1\r\n\r\n"), "BadRequest");
}

TEST(HttpHead, http_1_0_needs_no_host_but_a_right_one) {
  EXPECT_EQ(refusal("GET / HTTP/1.0\r\n\r\n"), "taken");
  EXPECT_EQ(refusal("GET / HTTP/1.0\r\nHost: site1\r\n\r\n"), "taken");
  EXPECT_EQ(refusal("GET / HTTP/1.0\r\nHost: a/b\r\n\r\n"), "BadRequest");
  EXPECT_EQ(refusal("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), "BadRequest");
}

TEST(HttpHead, host_is_judged_by_its_grammar) {
  const auto host = [](std::string_view value) {
    return refusal("GET / HTTP/1.1\r\nHost: " + std::string(value) + "\r\n\r\n");
  };
  for (const char* good : {"site1", "SITE1.example.", "127.0.0.1:8441", "[::1]", "[::1]:443"})
    EXPECT_EQ(host(good), "taken") << good;
  for (const char* bad : {"",        " ",        "u@site1",     "u:p@site1",   "site1/",
                          "site1/x", "a b",      "a\tb",        "site1?",      "site1#",
                          "site1:x", "site1:-1", "site1:65536", "site1:443:1", "https://site1",
                          "[::1",    "::1",      "a,b c",       "site1\\",     "<site1>",
                          "%zz"})
    EXPECT_EQ(host(bad), "BadRequest") << bad;
}

// CHECKLIST 12
TEST(HttpHead, an_absolute_target_is_its_path) {
  const auto path = [](std::string_view target) {
    const auto outcome = take_request(with_target(target));
    return outcome.error ? outcome.text : outcome.head.path + '?' + outcome.head.query;
  };
  EXPECT_EQ(path("http://site1/tasks/1?site=a"), "/tasks/1?site=a");
  EXPECT_EQ(path("HTTPS://evil.example:99//tasks"), "/tasks?");
  EXPECT_EQ(path("https://site1"), "/?");
  EXPECT_EQ(path("https://site1?site=a/b"), "/?site=a/b");
  EXPECT_EQ(path("https://[::1]:8441/x"), "/x?");
}

TEST(HttpHead, an_absolute_target_has_a_right_authority_and_scheme) {
  for (const char* target :
       {"http://", "http:///x", "http://u@site1/", "http://u:p@site1/", "http://site1:x/",
        "http://site1:65536/", "http://[::1/", "http://[]/", "http://a[b]/", "ftp://site1/",
        "ws://site1/", "http:/site1/", "http:site1", "://site1/", "httpx://site1/", "site1/tasks"})
    EXPECT_EQ(refusal(with_target(target)), "BadRequest") << target;
}

TEST(HttpHead, connect_in_its_authority_form_is_refused) {
  EXPECT_EQ(refusal("CONNECT site1:443 HTTP/1.1\r\nHost: site1:443\r\n\r\n"), "BadRequest");
}

TEST(HttpHead, an_asterisk_is_for_options_alone) {
  const auto options = take_request("OPTIONS * HTTP/1.1\r\nHost: site1\r\n\r\n");
  ASSERT_FALSE(options.error) << options.text;
  EXPECT_EQ(options.head.path, "*");
  EXPECT_EQ(refusal(with_target("*")), "BadRequest");
  EXPECT_EQ(refusal("OPTIONS *? HTTP/1.1\r\nHost: site1\r\n\r\n"), "BadRequest");
  EXPECT_EQ(refusal("options * HTTP/1.1\r\nHost: site1\r\n\r\n"), "BadRequest");
}

// CONTRACT 0.1 "Query"
TEST(HttpHead, a_target_holds_what_rfc_3986_allows_and_nothing_else) {
  const std::string_view allowed =
      "abcxyzABCXYZ0189-._~!$&'()*+,;=:@/?";  // pchar, slash and question mark
  for (int c = 0x21; c < 0x100; ++c) {
    const std::string octet(1, static_cast<char>(c));
    const bool alnum = c < 0x80 && std::isalnum(c) != 0;
    const bool good = alnum || allowed.find(octet) != std::string_view::npos;
    EXPECT_EQ(refusal(with_target("/a" + octet)), good ? "taken" : "BadRequest") << octet;
    EXPECT_EQ(refusal(with_target("/a?b" + octet)), good ? "taken" : "BadRequest") << octet;
  }
}

TEST(HttpHead, an_escape_in_a_target_is_whole) {
  for (const char* good : {"/%00", "/%2F", "/%2f?site=%0A", "/%ff%FF", "/a?%7B"})
    EXPECT_EQ(refusal(with_target(good)), "taken") << good;
  for (const char* bad :
       {"/%", "/%2", "/%2?", "/%g0", "/%0g", "/%%41", "/a?x=%", "/a?x=%1", "/% 1"})
    EXPECT_EQ(refusal(with_target(bad)), "BadRequest") << bad;
}

}  // namespace
}  // namespace sitegate::test
