// What is said of sites, CONTRACT rows 76 to 84.

#include "gateway/site_documents.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "gateway/build_info.hpp"

namespace sitegate::test {
namespace {

constexpr std::int64_t kTime = 1'795'649'000'123;
const CertificateInUse kCertificate{std::string(32, '\xa1'), kTime};

std::string pin_of(const std::string& pair) {
  std::string text = "SHA-256";
  for (int i = 0; i < 32; ++i) text += ":" + pair;
  return text;
}

RemoteSiteSettings site2() {
  RemoteSiteSettings site;
  site.name = "site2";
  site.description = "Second";
  site.url = "https://Site2.example";
  site.public_url = "https://site2.example/";
  return site;
}

TEST(SiteDocument, of_this_site_has_all_members_in_their_order) {
  const auto document = local_site_document(
      {.name = "site1", .description = "First", .public_url = "https://a.example/"}, kCertificate);
  EXPECT_EQ(boost::json::serialize(document),
            R"({"site":"site1","description":"First","apiUrl":"https://a.example/",)"
            R"("apiPublicUrl":"https://a.example/","apiThumbprint":")" +
                pin_of("A1") +
                R"(","isLocal":true,"state":{"incomingCommError":null,"outgoingCommError":null},)"
                R"("apiVersion":"4.7","buildVersion":")" +
                std::string(build_info().version) + "\"}");
}

TEST(SiteDocument, what_is_not_known_is_null) {
  SiteSettings site1;
  site1.name = "site1";
  const auto document = local_site_document(site1, std::nullopt);
  for (const auto* member : {"apiUrl", "apiPublicUrl", "apiThumbprint"})
    EXPECT_TRUE(document.at(member).is_null()) << member;
  EXPECT_EQ(document.at("description"), "");
}

TEST(SiteDocument, of_another_site_has_its_urls_as_they_were_written) {
  const auto document = remote_site_document(site2(), SiteRecord(), "site1");
  EXPECT_EQ(document.at("site"), "site2");
  EXPECT_EQ(document.at("apiUrl"), "https://Site2.example");
  EXPECT_EQ(document.at("apiPublicUrl"), "https://site2.example/");
  EXPECT_EQ(document.at("isLocal"), false);
  EXPECT_EQ(document.at("apiVersion"), "4.7");
  EXPECT_TRUE(document.at("buildVersion").is_null()) << "it was never asked";
  EXPECT_TRUE(document.at("apiThumbprint").is_null());
  EXPECT_TRUE(document.at("state").at("outgoingCommError").is_null());
}

TEST(SiteDocument, the_thumbprint_is_the_pin_until_a_certificate_was_seen) {
  auto site = site2();
  SiteRecord record;
  const auto shown = [&] {
    return remote_site_document(site, record, "site1").at("apiThumbprint");
  };
  site.trust.pins = {std::string(32, '\x0f')};
  EXPECT_EQ(shown(), pin_of("0F").c_str());
  site.trust.pins.push_back(std::string(32, '\xa1'));
  EXPECT_TRUE(shown().is_null()) << "which of two it has is not known";
  record.connected(kCertificate);
  EXPECT_EQ(shown(), pin_of("A1").c_str());
}

TEST(SiteDocument, a_failure_is_an_api_error_with_site_time_and_reason) {
  SiteRecord record;
  record.failed(LinkFailure::Kind::Refused, kTime);
  const auto document = remote_site_document(site2(), record, "site1");
  EXPECT_EQ(boost::json::serialize(document.at("state").at("outgoingCommError")),
            R"({"args":["site2","2026-11-25T23:23:20Z","connection_refused"],)"
            R"("code":"SiteUnavailable","msg":"There is no answer at present from site 'site2'. )"
            R"(Try again when Retry-After has passed. Since 2026-11-25T23:23:20Z; the last )"
            R"(attempt: connection_refused.","stacktrace":"site1: SiteUnavailable"})");
}

TEST(ProductDocument, begins_with_the_numeric_version) {
  const Instance instance{.id = "1b4e28ba-2fa1-41d2-883f-b9a761bde3fb"};
  const auto document = product_document(instance);
  EXPECT_EQ(document.at("productName"), "sitegate");
  const auto version = std::string(document.at("buildVersion").as_string());
  EXPECT_NE(version.find_first_of("0123456789"), std::string::npos);
  EXPECT_EQ(version.find_first_of("0123456789"), 0U) << version;
  EXPECT_GT(document.at("buildDate").as_int64(), 1'700'000'000'000);
  EXPECT_EQ(document.at("instanceId"), instance.id.c_str());
}

}  // namespace
}  // namespace sitegate::test
