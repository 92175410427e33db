#include "routing/local/session_columns.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "auth/base64url.hpp"

namespace sitegate::sqlite {
namespace {

namespace json = boost::json;

std::optional<json::array> array_from(std::string_view text) {
  json::error_code error;
  auto value = json::parse(text, error);
  if (error || !value.is_array())
    return std::nullopt;
  return std::move(value.get_array());
}

std::optional<std::string> text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string())
    return std::nullopt;
  return std::string(value->get_string());
}

}  // namespace

std::string to_json(const std::vector<std::string>& roles) {
  return json::serialize(json::array(roles.begin(), roles.end()));
}

std::optional<std::vector<std::string>> roles_from(std::string_view text) {
  const auto array = array_from(text);
  if (!array)
    return std::nullopt;
  std::vector<std::string> roles;
  for (const auto& role : *array) {
    if (!role.is_string())
      return std::nullopt;
    roles.emplace_back(role.get_string());
  }
  return roles;
}

std::string to_json(const std::vector<Extension>& extensions) {
  json::array array;
  for (const auto& [site, org, sealed] : extensions)
    array.push_back(
        json::object{{"site", site}, {"org", org}, {"sealed", base64url_encode(sealed)}});
  return json::serialize(array);
}

std::optional<std::vector<Extension>> extensions_from(std::string_view text) {
  const auto array = array_from(text);
  if (!array)
    return std::nullopt;
  std::vector<Extension> extensions;
  for (const auto& entry : *array) {
    if (!entry.is_object())
      return std::nullopt;
    const auto& object = entry.get_object();
    auto site = text_of(object, "site");
    auto org = text_of(object, "org");
    const auto sealed = text_of(object, "sealed");
    const auto octets = sealed ? base64url_decode(*sealed) : std::nullopt;
    if (!site || !org || !octets)
      return std::nullopt;
    extensions.push_back({*std::move(site), *std::move(org), *octets});
  }
  return extensions;
}

}  // namespace sitegate::sqlite
