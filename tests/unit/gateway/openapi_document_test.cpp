// contract/openapi.yaml says what the code does: its operations are those of the table of
// endpoints, its statuses those of the table of errors, its media types those that are negotiated.

#include "contract/openapi_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <set>

#include "contract/error.hpp"
#include "contract/media_type.hpp"
#include "gateway/endpoints.hpp"
#include "tests/unit/gateway/front.hpp"

namespace sitegate::test {
namespace {

using testing::ElementsAreArray;
using Names = std::set<std::string>;

const YAML::Node& document() {
  static const auto node = YAML::Load(std::string(openapi_document()));
  return node;
}

/// What a node stands for: itself, or what its `$ref` leads to.
YAML::Node resolved(const YAML::Node& node) {
  if (!node.IsMap() || !node["$ref"])
    return node;
  const auto pointer = node["$ref"].as<std::string>();
  std::vector<YAML::Node> way{document()};
  for (std::size_t at = 2; at < pointer.size();) {
    const auto slash = std::min(pointer.find('/', at), pointer.size());
    const YAML::Node here = way.back();
    way.push_back(here[pointer.substr(at, slash - at)]);
    at = slash + 1;
  }
  return way.back();
}

struct Operation {
  std::string name;  ///< `callers GET /sessions`
  YAML::Node node;
};

std::vector<Operation> operations() {
  std::vector<Operation> found;
  for (const auto& path : document()["paths"])
    for (const auto& member : path.second) {
      auto method = member.first.as<std::string>();
      if (method == "parameters" || method == "servers")
        continue;
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      const std::string listener = path.second["servers"] ? "admin " : "callers ";
      found.push_back({listener + method + " " + path.first.as<std::string>(), member.second});
    }
  return found;
}

/// `callers GET /sessions` and so on; HEAD wherever GET is, OPTIONS on each path.
Names names_of(const Endpoint& endpoint) {
  const std::string listener = endpoint.listener == ListenerKind::Admin ? "admin " : "callers ";
  const auto pattern = " " + std::string(endpoint.pattern);
  const auto options = listener + "OPTIONS" + pattern;
  switch (endpoint.method) {
    case Method::Put:
      return {listener + "PUT" + pattern, options};
    case Method::Post:
      return {listener + "POST" + pattern, options};
    case Method::Delete:
      return {listener + "DELETE" + pattern, options};
    default:
      return {listener + "GET" + pattern, listener + "HEAD" + pattern, options};
  }
}

/// Every pair of a status and a code that some answer may have, `404 TaskNotFound`.
Names documented_errors() {
  std::vector<YAML::Node> all{document()["x-sitegate-other-requests"]["responses"]};
  for (const auto& operation : operations()) all.push_back(operation.node["responses"]);
  Names found;
  for (const auto& responses : all)
    for (const auto& response : responses) {
      const auto status = response.first.as<std::string>();
      if (status < "400")
        continue;
      const auto schema = resolved(response.second)["content"]["application/json"]["schema"];
      for (const auto& code : schema["properties"]["code"]["enum"])
        found.insert(status + " " + code.as<std::string>());
    }
  return found;
}

TEST(OpenapiDocument, has_the_operations_of_the_table_of_endpoints_and_no_other) {
  Names served, documented;
  for (const auto& endpoint : all_endpoints())
    if (endpoint.listener != ListenerKind::Peers)  // docs/SITE-PROTOCOL.md
      served.merge(names_of(endpoint));
  for (const auto& operation : operations()) documented.insert(operation.name);
  EXPECT_EQ(documented, served);
}

TEST(OpenapiDocument, says_where_a_login_is_needed) {
  Names needed, documented;
  for (const auto& endpoint : all_endpoints())
    if (endpoint.listener != ListenerKind::Peers && endpoint.login == Login::Required)
      needed.merge(names_of(endpoint));
  std::erase_if(needed, [](const auto& name) { return name.find("OPTIONS") != name.npos; });
  for (const auto& operation : operations())
    if (operation.node["security"].size() > 0)
      documented.insert(operation.name);
  EXPECT_EQ(documented, needed);
}

TEST(OpenapiDocument, says_where_a_body_is_needed) {
  Names needed, documented;
  for (const auto& endpoint : all_endpoints())
    if (endpoint.body != BodyRule::None)
      needed.merge(names_of(endpoint));
  std::erase_if(needed, [](const auto& name) { return name.find("OPTIONS") != name.npos; });
  for (const auto& operation : operations())
    if (operation.node["requestBody"])
      documented.insert(operation.name);
  EXPECT_EQ(documented, needed);
}

TEST(OpenapiDocument, has_each_error_with_the_status_of_the_table_of_errors) {
  Names made;
  for (const auto& row : all_error_traits())
    made.insert(std::to_string(row.status) + " " + std::string(row.name));
  EXPECT_EQ(documented_errors(), made);
}

TEST(OpenapiDocument, lists_the_codes_of_the_table_of_errors) {
  Names made, documented;
  for (const auto& row : all_error_traits()) made.emplace(row.name);
  for (const auto& code : document()["components"]["schemas"]["ErrorCode"]["enum"])
    documented.insert(code.as<std::string>());
  EXPECT_EQ(documented, made);
}

TEST(OpenapiDocument, lists_the_media_types_that_are_negotiated) {
  EXPECT_THAT(document()["x-sitegate-media-types"].as<std::vector<std::string>>(),
              ElementsAreArray(supported_media_types()));
}

class DocumentRequest : public Front {};

TEST_F(DocumentRequest, needs_no_login_and_gets_the_whole_document) {
  const auto got = ask(request("GET", "/openapi.yaml"));
  EXPECT_EQ(got.reply.status, 200);
  EXPECT_EQ(got.reply.content_type, "application/yaml");
  EXPECT_EQ(got.reply.body, openapi_document());
  EXPECT_EQ(got.field("Cache-Control"), "no-store");
}

TEST_F(DocumentRequest, is_answered_whatever_accept_says) {
  for (const char* accept : {"application/yaml", "text/html", "application/json;q=0"}) {
    auto asked = request("GET", "/openapi.yaml");
    asked.fields.add("Accept", accept);
    EXPECT_EQ(ask(asked).reply.status, 200) << accept;
  }
}

TEST_F(DocumentRequest, is_refused_where_it_is_wrong_for_every_operation) {
  EXPECT_EQ(ask(request("GET", "/openapi.yaml"), "x").code(), "BadUserInput");
  EXPECT_EQ(ask(request("PUT", "/openapi.yaml"), "x").code(), "MethodNotAllowed");
}

}  // namespace
}  // namespace sitegate::test
