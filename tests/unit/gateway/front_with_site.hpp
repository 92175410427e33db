#pragma once
// A front with one other site, `site2`, over a link that does what the test says. Callers need
// sessions of their own there.

#include "auth/digest.hpp"
#include "tests/unit/gateway/front.hpp"
#include "tests/unit/remote/fake_link.hpp"

namespace sitegate::test {

class FrontWithSite : public Front {
 protected:
  FrontWithSite() {
    auto link = std::make_unique<FakeLink>();
    link_ = link.get();
    link_->next = logged_in();
    const auto lapsed = [this](const std::string& session, const Extension& extension) {
      sessions_.shrink(session, extension.site, &extension.sealed);
    };
    services_->sources.remote.push_back(
        std::make_unique<RemoteSite>(settings_.sites[0], "site1", settings_.limits, std::move(link),
                                     SiteIdentity("site2", std::nullopt, sealer_, lapsed),
                                     std::make_shared<std::atomic<std::size_t>>(0), records_[0]));
  }

  static SiteAnswer logged_in() {
    SiteAnswer answer{200, {}, R"({"authenticatedSites":[{"site":"site2","org":"Org2"}]})"};
    answer.fields.add("X-VCAV-Auth", "token-there");
    return answer;
  }
  static std::string credentials(std::string_view password = "p") {
    return R"({"type":"credentials","site":"site2","vcdUsername":"a@Org2","vcdPassword":")" +
           std::string(password) + "\"}";
  }
  /// Of a session that has a session at site2.
  std::string extended(const std::string& user = "tenant@Org1") {
    const auto token = log_in(user);
    const auto key = sha256(token);
    const auto sealed = sealer_.seal("token-there", key, "site2");
    EXPECT_TRUE(sessions_.extend(key, {"site2", "Org2", sealed}, now_ms()));
    return token;
  }

  const Sealer sealer_{{std::string(Sealer::kKeyOctets, 'k')}};
  FakeLink* link_ = nullptr;
};

}  // namespace sitegate::test
