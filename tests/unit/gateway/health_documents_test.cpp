// The task of a health check, CONTRACT rows 57, 58, 88 and 89.

#include "gateway/health_documents.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace sitegate::test {
namespace {

namespace json = boost::json;

constexpr std::int64_t kTime = 1'795'649'000'123;

class HealthDocument : public testing::Test {
 protected:
  static json::object of(const TaskRecord& record) {
    return json::parse(record.document).as_object();
  }
  json::object result(const HealthFindings& findings) {
    return of(finished_health(task_, findings, subject_)).at("result").as_object();
  }

  const Instance instance_{.id = "1b4e28ba-2fa1-41d2-883f-b9a761bde3fb", .runtime_id = "run"};
  HealthTask task_{*TaskId::parse("f61d60d2-698a-46dc-a266-88df27644956"),
                   {"admin1@Org1", "Org1", {"EVERYONE"}},
                   "op-1",
                   kTime,
                   kTime + 5};
  HealthSubject subject_{instance_, "site1", "https://a.example/", {}};
};

TEST_F(HealthDocument, while_it_runs) {
  const auto record = running_health(task_, 50, subject_);
  EXPECT_EQ(record.document,
            R"({"id":"f61d60d2-698a-46dc-a266-88df27644956","user":"admin1@Org1","site":"site1",)"
            R"("workflowInfo":{"type":"health","resourceType":"CLOUD",)"
            R"("resourceId":"1b4e28ba-2fa1-41d2-883f-b9a761bde3fb","resourceName":"site1"},)"
            R"("operationID":"op-1","progress":50,"state":"RUNNING","startTime":1795649000123,)"
            R"("lastUpdated":1795649000128,"endTime":-1,"resultType":null,"result":null,)"
            R"("error":null,"warnings":[]})");
  EXPECT_EQ(record.user, "admin1@Org1");
  EXPECT_EQ(record.source_org, "Org1");
  EXPECT_EQ(record.type, "health");
  EXPECT_EQ(record.resource_id, instance_.id);
  EXPECT_EQ(record.end_time, -1);
}

TEST_F(HealthDocument, when_all_is_well) {
  const auto record =
      finished_health(task_, {.at = kTime, .store = {}, .sites = {{"site2"}}}, subject_);
  const auto document = of(record);
  EXPECT_EQ(record.state, "SUCCEEDED");
  EXPECT_EQ(document.at("progress"), 100);
  EXPECT_EQ(document.at("endTime"), kTime + 5);
  EXPECT_EQ(document.at("resultType"), "CloudHealthInfo");
  const auto& info = document.at("result").as_object();
  EXPECT_EQ(info.at("productName"), "sitegate");
  EXPECT_EQ(info.at("instanceId"), instance_.id.c_str());
  EXPECT_EQ(info.at("runtimeId"), "run");
  EXPECT_EQ(info.at("currentTime"), kTime);
  EXPECT_EQ(info.at("address"), "https://a.example/");
  for (const auto* well :
       {"dbError", "lsError", "ntpError", "vcdError", "managerError", "tunnelError"})
    EXPECT_TRUE(info.at(well).is_null()) << well;
  EXPECT_EQ(json::serialize(info.at("sites")), R"([{"site":"site2","error":null}])");
}

TEST_F(HealthDocument, what_is_ill_is_named_and_the_check_succeeded_all_the_same) {
  const auto info =
      result({.at = kTime,
              .store = make_error(ErrorCode::StoreUnavailable, {}, "a secret: /var/lib/tasks.db"),
              .sites = {{"site2", make_error(ErrorCode::SiteTimeout, {"site2"})},
                        {"site3"},
                        {"site4", make_error(ErrorCode::SiteUnavailable, {"site4"}, "10.0.0.1")}}});
  EXPECT_EQ(info.at("dbError").at("code"), "StoreUnavailable");
  EXPECT_EQ(info.at("tunnelError").at("code"), "SiteUnavailable");
  EXPECT_EQ(json::serialize(info.at("tunnelError").at("args")), R"(["site2","site4"])");
  EXPECT_EQ(info.at("sites").at(0).at("error").at("code"), "SiteTimeout");
  EXPECT_TRUE(info.at("sites").at(1).at("error").is_null());
  const auto text = json::serialize(info);
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_EQ(text.find("10.0.0.1"), std::string::npos);
}

TEST_F(HealthDocument, certificates_are_judged_by_their_end) {
  subject_.certificates = {{"callers", "", {"\x01", kTime + kCertificateEndsSoon}},
                           {"identity", "site2", {"\x02", kTime + kCertificateEndsSoon - 1}},
                           {"site", "site2", {"\x03", kTime}}};
  EXPECT_EQ(
      json::serialize(result({.at = kTime, .store = {}, .sites = {}}).at("certificates")),
      R"([{"use":"callers","site":"site1","thumbprint":"SHA-256:01","notAfter":1798241000123,)"
      R"("state":"valid"},)"
      R"({"use":"identity","site":"site2","thumbprint":"SHA-256:02","notAfter":1798241000122,)"
      R"("state":"endsSoon"},)"
      R"({"use":"site","site":"site2","thumbprint":"SHA-256:03","notAfter":1795649000123,)"
      R"("state":"expired"}])");
}

TEST_F(HealthDocument, a_check_that_broke_off_is_a_failed_task) {
  const auto record = failed_health(task_, make_error(ErrorCode::GeneralServerFailure), subject_);
  const auto document = of(record);
  EXPECT_EQ(record.state, "FAILED");
  EXPECT_EQ(document.at("error").at("code"), "GeneralServerFailure");
  EXPECT_TRUE(document.at("result").is_null());
  EXPECT_EQ(document.at("endTime"), kTime + 5);
}

TEST_F(HealthDocument, may_be_longer_than_what_strangers_may_send) {
  HealthFindings findings;
  for (int i = 0; i < 6000; ++i) findings.sites.push_back({"s" + std::to_string(i)});
  EXPECT_EQ(finished_health(task_, findings, subject_).state, "SUCCEEDED");
}

}  // namespace
}  // namespace sitegate::test
