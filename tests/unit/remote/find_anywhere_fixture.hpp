#pragma once
// Sites that are asked for a task, over links that do what the test says.

#include <boost/asio/co_spawn.hpp>
#include <list>

#include "routing/find_anywhere.hpp"
#include "tests/unit/remote/fake_link.hpp"
#include "tests/unit/remote/signed_sites.hpp"

namespace sitegate::test {

class FindAnywhereTest : public SignedSites {
 protected:
  /// Sites site2, site3, ..., none of which has the task.
  void make(std::size_t sites, std::vector<std::size_t> searched = {}) {
    for (std::size_t i = 0; i < sites; ++i) {
      auto& known = settings_.emplace_back();
      known.name = "site" + std::to_string(i + 2);
      known.remote_name = "theirs";
      known.auth = settings_auth_;
      auto link = std::make_unique<FakeLink>();
      link->next = says(404, "TaskNotFound");
      links_.push_back(link.get());
      sites_.push_back(std::make_unique<RemoteSite>(
          known, "site1", LimitSettings{}, std::move(link),
          SiteIdentity(
              known.name,
              known.auth == SiteAuth::Statement
                  ? std::optional(Delegation(*signer_, "site1", "theirs", certificate().thumbprint))
                  : std::nullopt,
              sealer_, [](const std::string&, const Extension&) {}),
          std::make_shared<std::atomic<std::size_t>>(0), std::make_shared<SiteRecord>()));
      searched_.push_back(i);
    }
    if (!searched.empty())
      searched_ = std::move(searched);
    restart();
  }

  /// With nothing remembered.
  void restart() {
    std::vector<RemoteSite*> sites;
    for (const auto& site : sites_) sites.push_back(site.get());
    memory_.emplace(routing_);
    anywhere_.emplace(io_.get_executor(), routing_, *memory_, sites, searched_);
  }

  /// Asks without waiting for the answer.
  std::shared_ptr<Result<std::string>> begin(const Viewer& viewer) {
    const auto outcome =
        std::make_shared<Result<std::string>>(make_error(ErrorCode::GeneralServerFailure));
    auto& lookup =
        lookups_.emplace_back(Lookup{*TaskId::parse(kId), viewer, "op-1", Deadline::after(time_)});
    lookup.extensions = extensions_;
    trace_ = {};
    const auto keep = [outcome](const std::exception_ptr& thrown, Result<std::string> found) {
      EXPECT_FALSE(thrown);
      *outcome = std::move(found);
    };
    asio::co_spawn(io_.get_executor(), anywhere_->find(lookup, trace_), keep);
    return outcome;
  }
  Result<std::string> find(const Viewer& viewer) {
    const auto outcome = begin(viewer);
    io_.restart();
    io_.run();
    return *outcome;
  }
  Result<std::string> find() { return find(tenant_); }

  std::vector<std::size_t> questions() const {
    std::vector<std::size_t> counts;
    for (const auto* link : links_) counts.push_back(link->asked.size());
    return counts;
  }

  asio::io_context io_;
  RoutingSettings routing_;
  std::list<RemoteSiteSettings> settings_;
  std::vector<std::unique_ptr<RemoteSite>> sites_;
  std::vector<FakeLink*> links_;
  std::vector<std::size_t> searched_;
  std::optional<SearchMemory> memory_;
  std::optional<FindAnywhere> anywhere_;
  Milliseconds time_ = std::chrono::seconds{10};
  Viewer tenant_ = viewer("admin1@Org1");
  Viewer other_ = viewer("admin1@Org2");
  std::list<Lookup> lookups_;
  SiteAuth settings_auth_ = SiteAuth::Statement;
  ExtensionsPtr extensions_;
  LookupTrace trace_;
};

}  // namespace sitegate::test
