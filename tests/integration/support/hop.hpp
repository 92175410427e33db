#pragma once
// The gateway site1 and one fake site2 behind it: the stage of most tests.

#include "tests/integration/support/fake_site.hpp"
#include "tests/integration/support/test_gateway.hpp"

namespace sitegate::test {

inline const std::string kTaskId = task_id(1);

/// `remote` may bend what site1 knows of site2, `tune` all of its settings.
struct HopPlan {
  std::function<void(RemoteSiteSettings&)> remote{};
  std::function<void(Settings&)> tune{};
};

class Hop {
 public:
  explicit Hop(std::uint16_t port, const HopPlan& plan = {})
      : site1_(gateway_plan(port, plan)), caller_(site1_.login("admin1@Org1")) {}

  /// admin1@Org1 asks for a task at site2.
  Answer ask() const { return site1_.get(target(), caller_); }

  static std::string target() { return "/tasks/" + kTaskId + "?site=site2"; }
  const Fields& caller() const { return caller_; }
  const TestGateway& site1() const { return site1_; }

 private:
  static GatewayPlan gateway_plan(std::uint16_t port, const HopPlan& plan) {
    auto site2 = remote_site("site2", port);
    if (plan.remote)
      plan.remote(site2);
    return {.sites = {site2}, .tune = plan.tune};
  }

  TestGateway site1_;
  Fields caller_;
};

/// The task that admin1@Org1 asks site2 for.
inline std::string asked_task() {
  return task_document(kTaskId, "admin1@Org1", "site2");
}

}  // namespace sitegate::test
