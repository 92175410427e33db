#include "tests/integration/support/test_gateway.hpp"

#include <cstdio>
#include <optional>
#include <stdexcept>

#include "gateway/gateway.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;

class FaultyStore final : public TaskStore {
 public:
  explicit FaultyStore(StoreFault fault) : fault_(fault) {}

  Async<std::optional<std::string>> find(const TaskId& id, const Viewer&,
                                         Deadline deadline) override {
    if (fault_ == StoreFault::TellsTime)
      co_return R"({"id":")" + id.to_string() + R"(","left":)" +
          std::to_string(deadline.left().count()) + "}";
    co_return failure();
  }
  Async<TaskPage> query(const TaskQuery&, const Viewer&, Deadline) override { co_return failure(); }
  Async<PutOutcome> put(TaskRecord, Deadline) override { co_return failure(); }

 private:
  Error failure() const {
    if (fault_ == StoreFault::Throws)
      throw std::runtime_error("a secret of the store: /var/lib/sitegate/tasks.db");
    return make_error(ErrorCode::StoreUnavailable, {}, "disk I/O error");
  }

  StoreFault fault_;
};

ListenerSettings listener(ListenerKind kind, const std::string& site) {
  auto& papers = Papers::all();
  ListenerSettings made;
  made.kind = kind;
  made.address = Wire::address();
  if (kind == ListenerKind::Admin)
    return made;
  made.certificate = papers.of(site).certificate;
  made.key = papers.of(site).key;
  if (kind == ListenerKind::Peers)
    made.client_ca = papers.authority_file();
  return made;
}

Settings settings_of(const GatewayPlan& plan, const std::filesystem::path& state) {
  Settings settings;
  settings.site.name = plan.name;
  settings.state_directory = state;
  settings.workers = plan.workers;
  settings.listeners = {listener(ListenerKind::Callers, plan.name),
                        listener(ListenerKind::Admin, plan.name)};
  if (!plan.peers.empty())
    settings.listeners.emplace_back(listener(ListenerKind::Peers, plan.name)).http2 = plan.http2;
  settings.store.sqlite = state / "tasks.db";
  settings.users = Papers::all().users_file();
  settings.limits.shutdown = 1s;
  settings.log.access = "off";
  settings.log.level = "off";
  settings.sites = plan.sites;
  settings.peers = plan.peers;
  if (plan.tune)
    plan.tune(settings);
  return settings;
}

Materials materials_of(const Settings& settings) {
  Problems problems;
  auto materials = load_materials(settings, problems);
  if (!materials)
    throw std::runtime_error(problems.to_string());
  return std::move(*materials);
}

GatewayParts parts_of(StoreFault fault) {
  GatewayParts parts;
  if (fault != StoreFault::None)
    parts.decorate_store_for_test = [fault](std::unique_ptr<TaskStore>) {
      return std::make_unique<FaultyStore>(fault);
    };
  return parts;
}

}  // namespace

RemoteSiteSettings remote_site(const std::string& site, std::uint16_t port,
                               const std::string& from) {
  auto& papers = Papers::all();
  RemoteSiteSettings remote;
  remote.name = site;
  remote.host = Wire::address();
  remote.port = port;
  remote.tls_name = tls_name_of(site);
  remote.remote_name = site;
  remote.trust.ca = papers.authority_file();
  remote.client_certificate = papers.of(from).certificate;
  remote.client_key = papers.of(from).key;
  remote.statement_key = papers.of(from).statement_key;
  remote.links.warm = 0;  // a site under test is asked by its test alone
  return remote;
}

PeerSettings peer(const std::string& site) {
  PeerSettings made;
  made.name = site;
  made.certificate_san = "sitegate:site:" + site;
  made.statement_key = Papers::all().of(site).statement_public;
  made.accept_users = {"*"};
  return made;
}

struct TestGateway::Running {
  Running(const Settings& settings, StoreFault fault)
      : gateway(settings, materials_of(settings), parts_of(fault)) {}
  Gateway gateway;
};

TestGateway::TestGateway(GatewayPlan plan)
    : name_(plan.name), store_(plan.store), settings_(settings_of(plan, state_.path())) {
  start();
}

TestGateway::~TestGateway() = default;

void TestGateway::start() {
  running_ = std::make_unique<Running>(settings_, store_);
  if (const auto started = running_->gateway.start(); !started)
    throw std::runtime_error(started.error().detail);
  for (auto& listener : settings_.listeners) listener.port = running_->gateway.port(listener.kind);
}

void TestGateway::stop() {
  running_->gateway.stop();
}

void TestGateway::wait() {
  running_->gateway.wait();
  running_.reset();
}

std::uint16_t TestGateway::port(ListenerKind kind) const {
  for (const auto& listener : settings_.listeners)
    if (listener.kind == kind)
      return listener.port;
  throw std::runtime_error("no such listener");
}

TestClient TestGateway::client() const {
  static const auto side =
      client_side({.trusted_pem = Papers::all().authority().certificate_pem()});
  return {port(ListenerKind::Callers), side, tls_name_of(name_)};
}

Answer TestGateway::try_login(TestClient& client, std::string_view user,
                              std::string_view password) const {
  std::string body = R"({"type":"localUser","localUser":")";
  body.append(user).append(R"(","localPassword":")").append(password).append("\"}");
  return client.ask("POST", "/sessions", {{"Content-Type", "application/json"}}, body);
}

Fields TestGateway::login(std::string_view user) const {
  auto connection = client();
  const auto answer = try_login(connection, user, kPassword);
  if (answer.status != 200)
    throw std::runtime_error("login: " + answer.head + answer.body);
  return {{"X-VCAV-Auth", answer.field("X-VCAV-Auth")}};
}

Answer TestGateway::get(std::string_view target, const Fields& fields) const {
  return client().get(target, fields);
}

void TestGateway::put_task(std::string_view id, std::string_view document) {
  if (producer_.empty()) {
    producer_ = login("replicator");
    producer_.emplace_back("Content-Type", "application/json");
  }
  const auto answer = client().ask("PUT", "/tasks/" + std::string(id), producer_, document);
  if (answer.status != 201)
    throw std::runtime_error("PUT: " + answer.head + answer.body);
}

std::string task_document(std::string_view id, std::string_view user, std::string_view site,
                          std::string_view result) {
  std::string text = R"({"id":")";
  text.append(id).append(R"(", "user":")").append(user).append(R"(", "site":")").append(site);
  text.append(R"(", "state":"SUCCEEDED", "progress":100, "startTime":1510842044000,)")
      .append(R"( "endTime":1510842051000, "lastUpdated":1510842051000, "warnings":[],)")
      .append(R"( "extra":{"kept":[1.50,1e3,-0.0]}, "result":")")
      .append(result)
      .append("\"}");
  return text;
}

std::string task_id(unsigned n) {
  char text[37];
  std::snprintf(text, sizeof text, "f61d60d2-698a-46dc-a266-%012x", n);
  return text;
}

}  // namespace sitegate::test
