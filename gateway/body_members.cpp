#include "gateway/body_members.hpp"

#include "contract/json_scan.hpp"

namespace sitegate {
namespace {

constexpr JsonLimits kBodyLimits{.depth = 16, .members = 100};

}  // namespace

Result<Members> body_members(const std::string& body) {
  Members members;
  const auto fault = scan_json_object(body, kBodyLimits, [&](const JsonMember& found) {
    if (found.kind == JsonKind::String && found.path.find('.') == std::string_view::npos)
      members.emplace(found.path, found.text);
  });
  if (fault)
    return make_error(ErrorCode::BadRequest, {fault->what});
  return members;
}

Result<std::string> member(const Members& members, std::string_view name, std::string_view alias) {
  auto found = members.find(name);
  if (found == members.end())
    found = members.find(alias);
  if (found == members.end() || found->second.empty())
    return bad_user_input(name, "", "a string that is not empty");
  return found->second;
}

}  // namespace sitegate
