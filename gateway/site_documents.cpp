#include "gateway/site_documents.hpp"

#include <fmt/chrono.h>

#include <boost/json/array.hpp>

#include "config/notations.hpp"
#include "gateway/build_info.hpp"

namespace sitegate {
namespace {

namespace json = boost::json;

// The version of the API that this gateway speaks, whichever site it speaks for (row 20).
constexpr std::string_view kApiVersion = "4.7";

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

/// Of the certificate that was seen; before that the one that will be, if there is no choice.
std::string thumbprint_of_site(const RemoteSiteSettings& site, const SiteRecord& record) {
  if (const auto seen = record.certificate())
    return pin_text(seen->thumbprint);
  return site.trust.pins.size() == 1 ? pin_text(site.trust.pins.front()) : std::string();
}

struct SiteInfo {
  std::string_view name, description, url, public_url, thumbprint, build_version;
  bool is_local;
  json::value outgoing_error;
};

json::object site_document(SiteInfo site) {
  return {{"site", site.name},
          {"description", site.description},
          {"apiUrl", text_or_null(site.url)},
          {"apiPublicUrl", text_or_null(site.public_url)},
          {"apiThumbprint", text_or_null(site.thumbprint)},
          {"isLocal", site.is_local},
          {"state", json::object{{"incomingCommError", nullptr},
                                 {"outgoingCommError", std::move(site.outgoing_error)}}},
          {"apiVersion", kApiVersion},
          {"buildVersion", text_or_null(site.build_version)}};
}

}  // namespace

std::string iso_time(std::int64_t ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(ms / 1000)));
}

json::object api_error_object(const Error& error, std::string_view local_site) {
  json::array args(error.args.begin(), error.args.end());
  return {{"args", std::move(args)},
          {"code", traits(error.code).name},
          {"msg", message_of(error)},
          {"stacktrace", std::string(local_site) + ": " + std::string(traits(error.code).name)}};
}

json::object comm_error(const SiteFailure& failure, std::string_view site,
                        std::string_view local_site) {
  const auto since = iso_time(failure.since);
  auto document = api_error_object(make_error(failure.code, {std::string(site)}), local_site);
  document["args"].as_array().insert(document["args"].as_array().end(),
                                     {json::value(since), json::value(failure.reason)});
  document["msg"].as_string() += " Since " + since + "; the last attempt: " + failure.reason + ".";
  return document;
}

json::object local_site_document(const SiteSettings& site,
                                 const std::optional<CertificateInUse>& certificate) {
  return site_document({.name = site.name,
                        .description = site.description,
                        .url = site.public_url,
                        .public_url = site.public_url,
                        .thumbprint = certificate ? pin_text(certificate->thumbprint) : "",
                        .build_version = build_info().version,
                        .is_local = true,
                        .outgoing_error = nullptr});
}

json::object remote_site_document(const RemoteSiteSettings& site, const SiteRecord& record,
                                  std::string_view local_site) {
  json::value error = nullptr;
  if (const auto failure = record.failure())
    error = comm_error(*failure, site.name, local_site);
  return site_document({.name = site.name,
                        .description = site.description,
                        .url = site.url,
                        .public_url = site.public_url,
                        .thumbprint = thumbprint_of_site(site, record),
                        .build_version = {},  // it never said; nobody asks it
                        .is_local = false,
                        .outgoing_error = std::move(error)});
}

json::object product_document(const Instance& instance) {
  const auto build = build_info();
  return {{"productName", build.product},
          {"buildVersion", build.version},
          {"buildDate", build.date},
          {"instanceId", instance.id}};
}

}  // namespace sitegate
