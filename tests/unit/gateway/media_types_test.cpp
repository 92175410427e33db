// Every version by every operation, as it succeeds and as it fails (CONTRACT 0.1 "Media types",
// rows 11 to 21): the version asked for is the version answered.

#include <gmock/gmock.h>

#include <set>

#include "gateway/endpoints.hpp"
#include "tests/unit/gateway/front_with_site.hpp"

namespace sitegate::test {
namespace {

constexpr std::string_view kPlain = "application/json;charset=UTF-8";

enum class Who : std::uint8_t { Nobody, Tenant, Producer };

struct Operation {
  std::string method, target;
  Who who = Who::Nobody;
  std::string body{};
  std::string code = "none";  ///< what it says; none: it succeeds
  std::string content_type{};
};

class MediaTypes : public FrontWithSite {
 protected:
  static std::string login(std::string_view type, std::string_view user = "producer") {
    return R"({"type":")" + std::string(type) + R"(","localUser":")" + std::string(user) +
           R"(","localPassword":")" + std::string(kPassword) + "\"}";
  }
  static const std::vector<Operation>& operations() {
    static const std::vector<Operation> all{
        {"GET", path(), Who::Tenant},
        {"HEAD", path(), Who::Tenant},
        {"PUT", path(), Who::Producer, task()},
        {"GET", "/tasks", Who::Tenant},
        {"HEAD", "/tasks", Who::Tenant},
        {"POST", "/sessions", Who::Nobody, login("localUser")},
        {"GET", "/sessions", Who::Tenant},
        {"HEAD", "/sessions", Who::Tenant},
        {"DELETE", "/sessions", Who::Tenant},
        {"POST", "/sessions/extend", Who::Tenant, credentials()},
        {"DELETE", "/sessions/site2", Who::Tenant},
        {"GET", "/sites", Who::Tenant},
        {"GET", "/sites/site2", Who::Tenant},
        {"GET", "/diagnostics/about", Who::Tenant},
        {"GET", "/diagnostics/health", Who::Tenant},
        {"HEAD", "/diagnostics/health", Who::Tenant},
        {"POST", "/diagnostics/health", Who::Tenant},
        {"OPTIONS", path()},
        {"OPTIONS", "/sessions"},
        {"GET", path(), Who::Nobody, "", "NotAuthenticated"},
        {"HEAD", path(), Who::Nobody, "", "NotAuthenticated"},
        {"GET", path(), Who::Tenant, "{}", "BadUserInput"},
        {"GET", "/tasks/x", Who::Tenant, "", "BadUserInput"},
        {"GET", path(), Who::Tenant, "", "TaskNotFound"},
        {"HEAD", path(), Who::Tenant, "", "StoreUnavailable"},
        {"GET", path("?site=nowhere"), Who::Tenant, "", "SiteNotFound"},
        {"GET", "/tasks/" + std::string(kTaskId) + "/x", Who::Tenant, "", "EndpointNotFound"},
        {"GET", "/tasks", Who::Nobody, "", "NotAuthenticated"},
        {"GET", "/tasks?offset=x", Who::Tenant, "", "BadUserInput"},
        {"HEAD", "/tasks?site=nowhere", Who::Tenant, "", "SiteNotFound"},
        {"PUT", path(), Who::Nobody, task(), "NotAuthenticated"},
        {"PUT", path(), Who::Tenant, task(), "Forbidden"},
        {"PUT", path(), Who::Producer, "{", "BadRequest"},
        {"PUT", path(), Who::Producer, "{}", "BadUserInput"},
        {"PUT", path(), Who::Producer, std::string(1048577, ' '), "PayloadTooLarge"},
        {"PUT", path(), Who::Producer, task(), "UnsupportedMediaType", "text/plain"},
        {"DELETE", path(), Who::Tenant, "", "MethodNotAllowed"},
        {"BREW", path(), Who::Tenant, "", "NotImplemented"},
        {"POST", "/sessions", Who::Nobody, login("localUser", "nobody"), "NotAuthenticated"},
        {"POST", "/sessions", Who::Nobody, login("ssoToken"), "NotImplemented"},
        {"POST", "/sessions", Who::Nobody, login("pigeon"), "BadUserInput"},
        {"POST", "/sessions", Who::Nobody, "{", "BadRequest"},
        {"GET", "/sessions", Who::Nobody, "", "NotAuthenticated"},
        {"DELETE", "/sessions", Who::Nobody, "", "NotAuthenticated"},
        {"PUT", "/sessions", Who::Nobody, "", "MethodNotAllowed"},
        {"POST", "/sessions/extend", Who::Tenant, "{", "BadRequest"},
        {"DELETE", "/sessions/site3", Who::Tenant, "", "BadUserInput"},
        {"GET", "/sites", Who::Nobody, "", "NotAuthenticated"},
        {"PUT", "/sites", Who::Tenant, "{}", "MethodNotAllowed"},
        {"GET", "/sites/nowhere", Who::Tenant, "", "SiteNotFound"},
        {"GET", "/diagnostics/about", Who::Nobody, "", "NotAuthenticated"},
        {"GET", "/diagnostics/health", Who::Nobody, "", "NotAuthenticated"},
        {"POST", "/diagnostics/health", Who::Tenant, "{", "BadRequest"},
        {"GET", "/nowhere", Who::Nobody, "", "EndpointNotFound"},
        {"OPTIONS", "/nowhere", Who::Nobody, "", "EndpointNotFound"},
    };
    return all;
  }

  Exchange ask_for(const Operation& operation, const std::string& accept) {
    store_->document = task();
    store_->failure.reset();
    if (operation.code == "TaskNotFound")
      store_->document.reset();
    if (operation.code == "StoreUnavailable")
      store_->failure = make_error(ErrorCode::StoreUnavailable);
    std::string token;
    if (operation.who == Who::Tenant)
      token = operation.target == "/sessions/site2" ? extended() : log_in("tenant@Org1");
    else if (operation.who == Who::Producer)
      token = log_in("producer");
    auto made = request(operation.method, operation.target, token);
    made.fields.add("Accept", accept);
    if (!operation.content_type.empty())
      made.fields.add("Content-Type", operation.content_type);
    return ask(made, operation.body);
  }
  static std::string name_of(const Operation& operation) {
    return operation.method + ' ' + operation.target + ": " + operation.code;
  }
};

TEST_F(MediaTypes, of_every_version_are_those_of_every_answer) {
  for (const auto& type : supported_media_types())
    for (const auto& operation : operations()) {
      SCOPED_TRACE(name_of(operation) + " as " + type);
      const auto answer = ask_for(operation, type);
      if (answer.code() != "TooManyRequests") {  // wrong logins, sooner or later
        EXPECT_EQ(answer.code(), operation.code) << answer.reply.body;
      }
      const bool empty = answer.reply.status == 204;
      EXPECT_EQ(answer.reply.content_type, empty ? "" : type + ";charset=UTF-8");
    }
}

// Rows 13 and 15: with a charset, in any case, and as the Content-Type of the login says it.
TEST_F(MediaTypes, may_be_asked_for_as_they_were_answered) {
  const auto& first = operations().front();
  const auto login_text = login("localUser");
  for (const auto& type : supported_media_types()) {
    const auto login =
        ask_for({"POST", "/sessions", Who::Nobody, login_text}, type).reply.content_type;
    for (const auto& accept : {login, type + ";charset=utf-8", type + " ; q=0.5", '\t' + type}) {
      EXPECT_EQ(ask_for(first, accept).reply.content_type, login) << accept;
    }
  }
}

TEST_F(MediaTypes, that_nobody_can_make_are_refused_in_plain_json) {
  for (const char* accept : {"text/html", "application/vnd.vmware.h4-v9+json", "*/*;q=0"})
    for (const auto& operation : operations()) {
      SCOPED_TRACE(name_of(operation) + " as " + accept);
      const auto answer = ask_for(operation, accept);
      if (answer.reply.status == 204)
        continue;  // OPTIONS is answered before Accept is looked at
      EXPECT_EQ(answer.reply.content_type, kPlain);
      EXPECT_GE(answer.reply.status, 400);
      // What comes later in the order of checks is not looked at.
      const std::set<std::string> earlier{"NotAuthenticated", "Forbidden", "EndpointNotFound",
                                          "MethodNotAllowed", "NotImplemented"};
      const bool is_earlier = earlier.contains(operation.code) && operation.method != "POST";
      EXPECT_EQ(answer.code(), is_earlier ? operation.code : "NotAcceptable");
    }
}

TEST_F(MediaTypes, are_looked_at_for_every_operation_there_is) {
  std::set<const Endpoint*> met[2];
  for (const auto& operation : operations()) {
    const auto path = operation.target.substr(0, operation.target.find('?'));
    const auto found = match(ListenerKind::Callers, method_from(operation.method), path).endpoint;
    met[operation.code == "none" ? 0 : 1].insert(found);
  }
  for (const auto& endpoint : all_endpoints()) {
    if (endpoint.listener != ListenerKind::Callers || !endpoint.negotiated)
      continue;
    EXPECT_TRUE(met[0].contains(&endpoint)) << endpoint.pattern << ": a row that succeeds";
    EXPECT_TRUE(met[1].contains(&endpoint)) << endpoint.pattern << ": a row that fails";
  }
}

}  // namespace
}  // namespace sitegate::test
