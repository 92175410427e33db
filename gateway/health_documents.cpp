#include "gateway/health_documents.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "config/notations.hpp"
#include "gateway/site_documents.hpp"

namespace sitegate {
namespace {

namespace json = boost::json;

json::value error_or_null(const std::optional<Error>& error, std::string_view site) {
  return error ? json::value(api_error_object(*error, site)) : json::value(nullptr);
}

/// All members of a C4ApiTask; state, progress, endTime and the outcome are still to come.
json::object task_members(const HealthTask& task, const HealthSubject& subject) {
  return {{"id", task.id.to_string()},
          {"user", task.viewer.user},
          {"site", subject.site},
          {"workflowInfo", json::object{{"type", "health"},
                                        {"resourceType", "CLOUD"},
                                        {"resourceId", subject.instance.id},
                                        {"resourceName", subject.site}}},
          {"operationID", task.operation_id},
          {"progress", 100},
          {"state", "SUCCEEDED"},
          {"startTime", task.started},
          {"lastUpdated", task.last_updated},
          {"endTime", task.last_updated},
          {"resultType", nullptr},
          {"result", nullptr},
          {"error", nullptr},
          {"warnings", json::array{}}};
}

TaskRecord record_of(const json::object& document, const HealthSubject& subject) {
  constexpr auto kAny = static_cast<std::size_t>(-1);  // the bounds are for what strangers send
  const TaskRules rules{.local_site = subject.site, .json = {.depth = kAny, .members = kAny}};
  return check_task(json::serialize(document), rules).value();
}

/// The sites as one dependency: `tunnelError`.
std::optional<Error> tunnel_error(const HealthFindings& findings) {
  std::vector<std::string> unheard;
  for (const auto& site : findings.sites)
    if (site.error)
      unheard.push_back(site.name);
  if (unheard.empty())
    return std::nullopt;
  return make_error(ErrorCode::SiteUnavailable, std::move(unheard));
}

std::string_view state_of(const CertificateInUse& certificate, std::int64_t now) {
  if (certificate.not_after <= now)
    return "expired";
  return certificate.not_after - now < kCertificateEndsSoon ? "endsSoon" : "valid";
}

json::array certificate_list(const HealthSubject& subject, std::int64_t now) {
  json::array list;
  for (const auto& [use, site, certificate] : subject.certificates)
    list.push_back(json::object{{"use", use},
                                {"site", site.empty() ? subject.site : std::string_view(site)},
                                {"thumbprint", pin_text(certificate.thumbprint)},
                                {"notAfter", certificate.not_after},
                                {"state", state_of(certificate, now)}});
  return list;
}

json::object health_info(const HealthFindings& findings, const HealthSubject& subject) {
  auto info = product_document(subject.instance);
  info["runtimeId"] = subject.instance.runtime_id;
  info["currentTime"] = findings.at;
  info["address"] =
      subject.public_url.empty() ? json::value(nullptr) : json::value(subject.public_url);
  info["dbError"] = error_or_null(findings.store, subject.site);
  // What this gateway does not depend on is never ill.
  for (const auto* none : {"lsError", "ntpError", "vcdError", "managerError"}) info[none] = nullptr;
  info["tunnelError"] = error_or_null(tunnel_error(findings), subject.site);
  json::array sites;
  for (const auto& site : findings.sites)
    sites.push_back(
        json::object{{"site", site.name}, {"error", error_or_null(site.error, subject.site)}});
  info["sites"] = std::move(sites);
  info["certificates"] = certificate_list(subject, findings.at);
  return info;
}

}  // namespace

TaskRecord running_health(const HealthTask& task, int progress, const HealthSubject& subject) {
  auto document = task_members(task, subject);
  document["state"] = "RUNNING";
  document["progress"] = progress;
  document["endTime"] = -1;
  return record_of(document, subject);
}

TaskRecord finished_health(const HealthTask& task, const HealthFindings& findings,
                           const HealthSubject& subject) {
  auto document = task_members(task, subject);
  document["resultType"] = "CloudHealthInfo";
  document["result"] = health_info(findings, subject);
  return record_of(document, subject);
}

TaskRecord failed_health(const HealthTask& task, const Error& error, const HealthSubject& subject) {
  auto document = task_members(task, subject);
  document["state"] = "FAILED";
  document["error"] = api_error_object(error, subject.site);
  return record_of(document, subject);
}

}  // namespace sitegate
