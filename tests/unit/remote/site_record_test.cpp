// What the traffic with a site leaves behind.

#include "routing/remote/site_record.hpp"

#include <gtest/gtest.h>

namespace sitegate::test {
namespace {

using Kind = LinkFailure::Kind;
using enum ErrorCode;

constexpr std::int64_t kNow = 1'795'649'000'123;
const CertificateInUse kCertificate{std::string(32, 'c'), kNow};

TEST(SiteRecord, knows_nothing_at_first) {
  const SiteRecord record;
  EXPECT_EQ(record.failure(), std::nullopt);
  EXPECT_EQ(record.certificate(), std::nullopt);
}

TEST(SiteRecord, a_failure_stays_until_a_lookup_is_answered) {
  SiteRecord record;
  record.failed(Kind::Refused, kNow);
  EXPECT_EQ(record.failure(), (SiteFailure{SiteUnavailable, kNow, "connection_refused"}));
  record.answered();
  EXPECT_EQ(record.failure(), std::nullopt);
}

TEST(SiteRecord, every_failure_of_a_link_but_our_own_has_its_code_and_its_word) {
  const struct {
    Kind kind;
    ErrorCode code;
    const char* reason;
  } rows[] = {
      {Kind::Unresolved, SiteUnavailable, "dns_error"},
      {Kind::Refused, SiteUnavailable, "connection_refused"},
      {Kind::ConnectTimeout, SiteTimeout, "connection_timeout"},
      {Kind::ForeignIdentity, RemoteAuthenticationFailure, "tls_certificate_error"},
      {Kind::IdentityRejected, RemoteAuthenticationFailure, "tls_alert_received"},
      {Kind::TlsBroken, SiteProtocolError, "tls_protocol_error"},
      {Kind::Cut, SiteProtocolError, "http_response_incomplete"},
      {Kind::Malformed, SiteProtocolError, "http_protocol_error"},
      {Kind::HeadTooLarge, SiteProtocolError, "http_response_header_section_size"},
      {Kind::BodyTooLarge, SiteProtocolError, "http_response_body_size"},
      {Kind::Late, SiteTimeout, "http_response_timeout"},
  };
  for (const auto& row : rows) {
    SiteRecord record;
    record.failed(row.kind, kNow);
    EXPECT_EQ(record.failure(), (SiteFailure{row.code, kNow, row.reason}));
  }
  SiteRecord record;
  record.failed(Kind::ShuttingDown, kNow);
  record.failed(Kind::NoResources, kNow);
  EXPECT_EQ(record.failure(), std::nullopt);
}

TEST(SiteRecord, a_bad_answer_is_told_by_its_status) {
  SiteRecord record;
  for (const int status : {100, 200, 401, 508, 999}) {
    record.answered_badly(status, SiteProtocolError, kNow);
    EXPECT_EQ(record.failure(),
              (SiteFailure{SiteProtocolError, kNow, "received-status=" + std::to_string(status)}));
  }
}

TEST(SiteRecord, the_time_is_that_of_the_first_failure_and_the_reason_that_of_the_last) {
  SiteRecord record;
  record.failed(Kind::Refused, kNow);
  record.failed(Kind::Late, kNow + 5000);
  EXPECT_EQ(record.failure(), (SiteFailure{SiteTimeout, kNow, "http_response_timeout"}));
  record.answered();
  record.failed(Kind::Late, kNow + 9000);
  EXPECT_EQ(record.failure()->since, kNow + 9000);
}

TEST(SiteRecord, a_connection_heals_a_failure_to_connect_and_no_other) {
  for (const auto kind :
       {Kind::Unresolved, Kind::Refused, Kind::ConnectTimeout, Kind::ForeignIdentity}) {
    SiteRecord record;
    record.failed(kind, kNow);
    record.connected(kCertificate);
    EXPECT_EQ(record.failure(), std::nullopt) << static_cast<int>(kind);
  }
  for (const auto kind : {Kind::IdentityRejected, Kind::TlsBroken, Kind::Cut, Kind::Malformed,
                          Kind::HeadTooLarge, Kind::BodyTooLarge, Kind::Late}) {
    SiteRecord record;
    record.failed(kind, kNow);
    record.connected(kCertificate);
    EXPECT_TRUE(record.failure()) << static_cast<int>(kind);
  }
  SiteRecord record;
  record.answered_badly(401, RemoteAuthenticationFailure, kNow);
  record.connected(kCertificate);
  EXPECT_TRUE(record.failure());
}

TEST(SiteRecord, the_certificate_is_the_one_that_was_shown_last) {
  SiteRecord record;
  record.connected(kCertificate);
  EXPECT_EQ(record.certificate(), kCertificate);
  const CertificateInUse next{std::string(32, 'd'), kNow + 1};
  record.connected(next);
  EXPECT_EQ(record.certificate(), next);
}

}  // namespace
}  // namespace sitegate::test
