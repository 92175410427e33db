// What is said to a site, who is recognised in Via, and what a link's failure becomes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "routing/remote/remote_protocol.hpp"
#include "routing/remote/via.hpp"

namespace sitegate::test {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;
using Kind = LinkFailure::Kind;

// CONTRACT 0.6
TEST(LookupRequest, holds_exactly_what_gateways_agreed_upon) {
  auto request = lookup_request({.id = *TaskId::parse("F61D60D2-698A-46DC-A266-88DF27644956"),
                                 .remote_name = "theirs",
                                 .host = "site2.sitegate.test",
                                 .local_site = "site1",
                                 .operation_id = "Powershell__7!"});
  add_statement(request, "a.b.c");
  EXPECT_EQ(request.target, "/tasks/f61d60d2-698a-46dc-a266-88df27644956?site=theirs");
  EXPECT_EQ(request.host, "site2.sitegate.test");
  EXPECT_THAT(request.fields, UnorderedElementsAre(Pair("Accept", "application/json"),
                                                   Pair("operationID", "Powershell__7!"),
                                                   Pair("Via", "1.1 sitegate-site1"),
                                                   Pair("Sitegate-Statement", "a.b.c")));
  EXPECT_EQ(request.time_left_field, "Sitegate-Deadline-Ms");
}

TEST(Via, names_the_gateway_in_any_place_of_the_list) {
  for (const char* via :
       {"1.1 sitegate-site1", "1.0 fred, 1.1 sitegate-site1", "1.1 sitegate-site1, 1.1 x",
        "HTTP/1.1 sitegate-site1", "2 sitegate-site1 (comment)", "1.1\t sitegate-site1",
        " ,, 1.1   sitegate-site1 ,"})
    EXPECT_TRUE(via_names(via, "site1")) << via;
}

TEST(Via, another_gateway_is_not_this_one) {
  for (const char* via : {"", "1.1", "1.1 site1", "1.1 sitegate-site2", "1.1 sitegate-site10",
                          "1.1 sitegate-site", "1.1 x-sitegate-site1", "sitegate-site1",
                          "1.1 fred (sitegate-site1)", "1.1 sitegate-Site1", ",", "1.1 ,"})
    EXPECT_FALSE(via_names(via, "site1")) << via;
}

TEST(Via, what_we_send_is_what_we_recognise) {
  const auto request = lookup_request(
      {.id = {}, .remote_name = "b", .host = "b", .local_site = "a.b_c-1", .operation_id = "x"});
  for (const auto& [name, value] : request.fields)
    EXPECT_EQ(via_names(value, "a.b_c-1"), name == "Via") << name;
}

struct FailureRow {
  Kind kind;
  ErrorCode code;
  std::string_view proxy_error;  // RFC 9209 2.3
};

constexpr FailureRow kFailures[] = {
    {Kind::Unresolved, ErrorCode::SiteUnavailable, "dns_error"},
    {Kind::Refused, ErrorCode::SiteUnavailable, "connection_refused"},
    {Kind::ConnectTimeout, ErrorCode::SiteTimeout, "connection_timeout"},
    {Kind::ForeignIdentity, ErrorCode::RemoteAuthenticationFailure, "tls_certificate_error"},
    {Kind::IdentityRejected, ErrorCode::RemoteAuthenticationFailure, "tls_alert_received"},
    {Kind::TlsBroken, ErrorCode::SiteProtocolError, "tls_protocol_error"},
    {Kind::Cut, ErrorCode::SiteProtocolError, "http_response_incomplete"},
    {Kind::Malformed, ErrorCode::SiteProtocolError, "http_protocol_error"},
    {Kind::HeadTooLarge, ErrorCode::SiteProtocolError, "http_response_header_section_size"},
    {Kind::BodyTooLarge, ErrorCode::SiteProtocolError, "http_response_body_size"},
    {Kind::Late, ErrorCode::SiteTimeout, "http_response_timeout"},
};

TEST(LinkFailure, each_kind_is_an_error_that_names_the_site) {
  for (const auto& row : kFailures) {
    const auto error = error_of({row.kind, "what OpenSSL said"}, "site2");
    EXPECT_EQ(error.code, row.code) << row.proxy_error;
    EXPECT_THAT(error.args, ElementsAre("site2")) << row.proxy_error;
    EXPECT_EQ(error.detail, "what OpenSSL said");
    EXPECT_EQ(render_api_error(error, "site1").find("OpenSSL"), std::string::npos);
    EXPECT_EQ(proxy_error_of(row.kind), row.proxy_error);
  }
}

TEST(LinkFailure, a_site_that_cannot_be_reached_may_be_asked_again) {
  EXPECT_GT(error_of({Kind::Refused, ""}, "site2").retry_after, 0);
  EXPECT_GT(error_of({Kind::Unresolved, ""}, "site2").retry_after, 0);
}

TEST(LinkFailure, our_own_end_is_not_the_sites) {
  const auto error = error_of({Kind::ShuttingDown, ""}, "site2");
  EXPECT_EQ(error.code, ErrorCode::ShuttingDown);
  EXPECT_EQ(proxy_error_of(Kind::ShuttingDown), "proxy_internal_error");
}

TEST(LinkFailure, it_is_known_who_ended_it) {
  for (const auto kind : {Kind::Refused, Kind::IdentityRejected, Kind::TlsBroken, Kind::Cut})
    EXPECT_TRUE(ended_by_site(kind)) << proxy_error_of(kind);
  for (const auto kind :
       {Kind::Unresolved, Kind::ConnectTimeout, Kind::ForeignIdentity, Kind::Malformed,
        Kind::HeadTooLarge, Kind::BodyTooLarge, Kind::Late, Kind::ShuttingDown})
    EXPECT_FALSE(ended_by_site(kind)) << proxy_error_of(kind);
}

TEST(ProxyError, an_answer_that_was_discarded_has_one_and_a_relayed_verdict_has_none) {
  EXPECT_EQ(proxy_error_of_answer(make_error(ErrorCode::SiteProtocolError)), "http_protocol_error");
  for (const auto relayed : {ErrorCode::TaskNotFound, ErrorCode::RemoteAuthenticationFailure,
                             ErrorCode::SiteUnavailable, ErrorCode::SiteTimeout})
    EXPECT_EQ(proxy_error_of_answer(make_error(relayed)), "");
}

}  // namespace
}  // namespace sitegate::test
