#pragma once
// A gateway's front without its sockets: handle_request between a fake body and fake stores.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "auth/password.hpp"
#include "gateway/finish_request.hpp"
#include "gateway/handle_request.hpp"

namespace sitegate::test {

inline constexpr std::string_view kTaskId = "f61d60d2-698a-46dc-a266-88df27644956";
inline constexpr std::string_view kPassword = "correct horse";

/// Runs a coroutine to its end on an io_context of its own; what it throws is thrown here.
template <class T>
T run_to_end(asio::io_context& io, Awaitable<T> operation) {
  std::optional<T> outcome;
  std::exception_ptr thrown;
  const auto keep = [&](const std::exception_ptr& failure, T value) {
    thrown = failure;
    outcome = std::move(value);
  };
  asio::co_spawn(io.get_executor(), std::move(operation), keep);
  io.restart();
  io.run();
  if (thrown)
    std::rethrow_exception(thrown);
  return std::move(*outcome);
}

class FakeTaskStore final : public TaskStore {
 public:
  Async<std::optional<std::string>> find(const TaskId&, const Viewer& viewer, Deadline) override {
    ++asked;
    viewers.push_back(viewer);
    if (throws)
      throw std::runtime_error("out of paper");
    if (failure)
      co_return *failure;
    co_return document;
  }
  Async<TaskPage> query(const TaskQuery& query, const Viewer& viewer, Deadline) override {
    ++asked;
    viewers.push_back(viewer);
    queries.push_back(query);
    if (failure)
      co_return *failure;
    co_return page;
  }
  Async<PutOutcome> put(TaskRecord task, Deadline) override {
    ++asked;
    if (throws)
      throw std::runtime_error("out of paper");
    if (failure)
      co_return *failure;
    document = std::move(task.document);
    co_return PutOutcome::Created;
  }

  std::optional<std::string> document;
  TaskPage page;
  std::vector<TaskQuery> queries;
  std::optional<Error> failure;
  bool throws = false;
  int asked = 0;
  std::vector<Viewer> viewers;
};

class FakeSessionStore final : public SessionStore {
 public:
  Result<std::vector<StoredSession>> load() override { return std::vector<StoredSession>{}; }
  Result<void> insert(const StoredSession&) override { return outcome(); }
  Result<void> remove(const std::vector<std::string>&) override { return outcome(); }
  Result<void> touch(const std::vector<std::pair<std::string, std::int64_t>>&) override {
    return outcome();
  }

  Result<void> write_extensions(const ExtensionsOfSessions&) override { return outcome(); }

  bool failing = false;

 private:
  Result<void> outcome() const {
    if (failing)
      return make_error(ErrorCode::StoreUnavailable);
    return {};
  }
};

class FakeBody final : public BodySource {
 public:
  explicit FakeBody(std::string text) : text_(std::move(text)) {}

  Async<std::string> read_all(std::size_t limit) override {
    ++reads;
    if (text_.size() > limit)
      co_return make_error(ErrorCode::PayloadTooLarge, {std::to_string(limit)});
    co_return std::move(text_);
  }

  int reads = 0;

 private:
  std::string text_;
};

/// What one request came to.
struct Exchange {
  ApiReply reply;
  RequestContext context;
  int body_reads = 0;

  std::string code() const {
    return context.error ? std::string(traits(context.error->code).name) : "none";
  }
  /// The value of a field that is there once; else how often it is there.
  std::string field(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [n, value] : reply.fields)
      if (equals_ignoring_case(n, name))
        values.push_back(value);
    return values.size() == 1 ? values[0] : "(" + std::to_string(values.size()) + " fields)";
  }
  boost::json::object json() const { return boost::json::parse(reply.body).as_object(); }
};

class Front : public testing::Test {
 protected:
  Front() {
    settings_.site.name = "site1";
    RemoteSiteSettings remote;
    remote.name = "site2";
    remote.remote_name = "site2";
    remote.find_anywhere = false;  // these tests have no links
    settings_.sites = {remote};
    directory_.emplace(settings_);
    auto store = std::make_unique<FakeTaskStore>();
    store_ = store.get();
    TaskSources sources;
    sources.local = std::move(store);
    services_ = std::make_unique<Services>(
        Services{settings_, *directory_, users_, sessions_, limiter_, extend_limits_, hashing_,
                 storing_, ready_, io_.get_executor(), StatementCache(peers_, "site1"),
                 std::move(sources), records_, instance_, health_runs_});
  }

  std::string log_in(const std::string& user) {
    return sessions_.open(users_.find(user)->viewer, now_ms()).value().token;
  }

  ApiRequest request(std::string_view method, std::string target, const std::string& token = {}) {
    ApiRequest made;
    made.method = method_from(method);
    made.method_name = method;
    const auto mark = target.find('?');
    made.path = target.substr(0, mark);
    if (mark != std::string::npos)
      made.query = target.substr(mark + 1);
    made.peer_address = "192.0.2.7";
    if (!token.empty())
      made.fields.add("X-VCAV-Auth", token);
    return made;
  }

  Exchange ask(ApiRequest made, std::string body = {}) {
    made.has_body = !body.empty();
    FakeBody source(std::move(body));
    Exchange exchange;
    exchange.reply = run_to_end(io_, handle_request(made, source, exchange.context, *services_));
    exchange.body_reads = source.reads;
    return exchange;
  }

  static Users make_users() {
    const auto hash = hash_password(kPassword);
    Users::Map users;
    const auto add = [&](const char* name, const char* org, std::vector<std::string> roles) {
      users.emplace(name, User{{name, org, std::move(roles)}, hash});
    };
    add("tenant@Org1", "Org1", {"EVERYONE"});
    add("producer", "System", {"EVERYONE", "TASK_PRODUCER"});
    return Users(std::move(users));
  }
  static PeerDirectory no_peers() {
    Problems problems;
    return *PeerDirectory::load({}, problems);
  }
  static std::string task(std::string_view more = "") {
    return R"({"id":")" + std::string(kTaskId) +
           R"(","user":"tenant@Org1","site":"site1","state":"RUNNING")" + std::string(more) + '}';
  }
  static std::string path(std::string_view query = "") {
    return "/tasks/" + std::string(kTaskId) + std::string(query);
  }

  Settings settings_;
  std::optional<SiteDirectory> directory_;
  inline static const Users users_ = make_users();  // argon2id takes its time: once
  const PeerDirectory peers_ = no_peers();
  FakeSessionStore session_store_;
  Sessions sessions_{settings_.sessions, session_store_};
  LoginLimiter limiter_{10, 100};
  ExtendLimits extend_limits_{settings_.limits};
  asio::io_context io_;
  BlockingPool hashing_{"logins", 1, 8};
  BlockingPool storing_{"sessions", 1, 8};
  std::atomic<bool> ready_{true};
  SiteRecords records_{std::make_shared<SiteRecord>()};
  HealthRuns health_runs_;
  Instance instance_{.id = "1b4e28ba-2fa1-41d2-883f-b9a761bde3fb"};
  FakeTaskStore* store_ = nullptr;
  std::unique_ptr<Services> services_;
};

}  // namespace sitegate::test
