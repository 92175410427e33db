#pragma once
// What callers are told of the sites and of this gateway (CONTRACT rows 76 to 89). Pure: from what
// is known, nobody is asked.

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "gateway/instance.hpp"
#include "routing/remote/site_record.hpp"

namespace sitegate {

/// `2026-11-25T23:20:24Z`.
std::string iso_time(std::int64_t ms);

/// An ApiError as a member of another document.
boost::json::object api_error_object(const Error& error, std::string_view local_site);

/// `outgoingCommError`: the ApiError of that failure, `args` = site, time and reason.
boost::json::object comm_error(const SiteFailure& failure, std::string_view site,
                               std::string_view local_site);

/// PeerSiteInfo of this site. `certificate`: what callers see.
boost::json::object local_site_document(const SiteSettings& site,
                                        const std::optional<CertificateInUse>& certificate);

/// PeerSiteInfo of a site that we ask. `incomingCommError` is null: this gateway does not keep what
/// a peer that was refused wanted, and a peer that does not come may have nothing to ask.
boost::json::object remote_site_document(const RemoteSiteSettings& site, const SiteRecord& record,
                                         std::string_view local_site);

/// `productName` to `instanceId`: what `about` and health begin with.
boost::json::object product_document(const Instance& instance);

}  // namespace sitegate
