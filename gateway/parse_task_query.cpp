#include "gateway/parse_task_query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "auth/names.hpp"
#include "routing/transport/http_grammar.hpp"

namespace sitegate {
namespace {

using enum TaskField;

constexpr std::size_t kDefaultLimit = 100;
constexpr std::int64_t kMaxOffset = 1'000'000'000;

/// A parameter that filters by text.
struct TextParameter {
  TaskField field;
  bool is_list;  ///< comma-separated, and may be repeated
};
constexpr std::array kTextParameters{
    TextParameter{User, false},           TextParameter{SourceOrg, false},
    TextParameter{DestinationOrg, false}, TextParameter{OperationId, false},
    TextParameter{State, true},           TextParameter{Type, false},
    TextParameter{ResourceType, true},    TextParameter{ResourceId, false},
    TextParameter{ResourceName, false}};

struct TimeParameter {
  std::string_view name;
  TaskField field;
  bool before;
};
constexpr std::array kTimeParameters{TimeParameter{"startTimeBefore", StartTime, true},
                                     TimeParameter{"startTimeAfter", StartTime, false},
                                     TimeParameter{"endTimeBefore", EndTime, true},
                                     TimeParameter{"endTimeAfter", EndTime, false}};

constexpr std::array kSortFields{Id,        User,        SourceOrg,    DestinationOrg, OperationId,
                                 State,     Type,        ResourceType, ResourceId,     ResourceName,
                                 StartTime, LastUpdated, EndTime};

std::string sortable() {
  std::string names;
  for (const auto field : kSortFields)
    names.append(names.empty() ? "" : ", ").append(name_of(field));
  return "fields separated by commas, each at most once, a hyphen behind one for descending: " +
         names;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || at != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// Takes the parameters one by one.
class Parser {
 public:
  explicit Parser(std::size_t max_limit) : max_limit_(max_limit) {}

  Result<void> take(std::string_view name, const std::string& value) {
    if (name == "ids")
      return take_ids(value);
    if (name == "sort")
      return take_sort(value);
    if (name == "limit")
      return take_limit(value);
    if (name == "offset")
      return take_offset(value);
    for (const auto& parameter : kTextParameters)
      if (name == name_of(parameter.field))
        return take_text(parameter, value);
    for (const auto& parameter : kTimeParameters)
      if (name == parameter.name)
        return take_time(parameter, value);
    return {};
  }

  Result<TaskQuery> finish() && {
    const auto filters_by = [&](TaskField field) {
      return std::ranges::any_of(
          query_.texts, [field](const TextFilter& filter) { return filter.field == field; });
    };
    if (filters_by(User) && filters_by(DestinationOrg))
      return bad_user_input("destinationOrg", "with a filter 'user'", "used without 'user'");
    return std::move(query_);
  }

 private:
  /// The name of a parameter that must not stand twice.
  Result<void> once(std::string_view name, std::string_view value) {
    if (std::ranges::find(seen_, name) != seen_.end())
      return bad_user_input(name, value, "given once");
    seen_.emplace_back(name);
    return {};
  }

  Result<void> take_ids(std::string_view value) {
    for (auto& part : parts_of(value)) {
      const auto id = TaskId::parse(part);
      if (!id)
        return bad_user_input("ids", part, "UUIDs separated by commas");
      if (std::ranges::find(query_.ids, *id) == query_.ids.end())
        query_.ids.push_back(*id);
    }
    return {};
  }

  Result<void> take_text(const TextParameter& parameter, const std::string& value) {
    const auto name = name_of(parameter.field);
    auto values = parameter.is_list ? parts_of(value) : std::vector<std::string>{value};
    for (const auto& part : values) {
      if (part.empty() || !is_printable_text(part, part.size()))
        return bad_user_input(name, part, "printable characters, one or more");
      if (parameter.field == State && part != "RUNNING" && part != "SUCCEEDED" && part != "FAILED")
        return bad_user_input(name, part, "RUNNING, SUCCEEDED or FAILED, or several of them");
    }
    const auto filter = std::ranges::find(query_.texts, parameter.field, &TextFilter::field);
    if (filter == query_.texts.end()) {
      query_.texts.push_back({parameter.field, std::move(values)});
      return {};
    }
    if (!parameter.is_list)
      return bad_user_input(name, filter->any_of.front() + ", " + value, "given once");
    std::ranges::move(values, std::back_inserter(filter->any_of));
    return {};
  }

  Result<void> take_time(const TimeParameter& parameter, std::string_view value) {
    if (auto first = once(parameter.name, value); !first)
      return first;
    const auto limit = whole_number(value);
    if (!limit)
      return bad_user_input(parameter.name, value, "a whole number: milliseconds since 1970");
    query_.times.push_back({parameter.field, parameter.before, *limit});
    return {};
  }

  Result<void> take_sort(std::string_view value) {
    if (auto first = once("sort", value); !first)
      return first;
    query_.sort.clear();
    for (const auto& part : parts_of(value)) {
      std::string_view name = part;
      const bool descending = name.ends_with('-');
      if (descending)
        name.remove_suffix(1);
      const auto field = std::ranges::find(kSortFields, name, name_of);
      const bool twice =
          field != kSortFields.end() &&
          std::ranges::find(query_.sort, *field, &SortKey::field) != query_.sort.end();
      if (field == kSortFields.end() || twice)
        return bad_user_input("sort", part, sortable());
      query_.sort.push_back({*field, descending});
    }
    return {};
  }

  Result<void> take_limit(std::string_view value) {
    if (auto first = once("limit", value); !first)
      return first;
    const auto limit = whole_number(value);
    const bool huge =
        !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
    if (limit ? *limit < 1 : !huge)
      return bad_user_input("limit", value, "a whole number from 1");
    const bool fits = limit && static_cast<std::uint64_t>(*limit) <= max_limit_;
    query_.limit = fits ? static_cast<std::size_t>(*limit) : std::min(kDefaultLimit, max_limit_);
    return {};
  }

  Result<void> take_offset(std::string_view value) {
    if (auto first = once("offset", value); !first)
      return first;
    const auto offset = whole_number(value);
    if (!offset || *offset < 0 || *offset > kMaxOffset)
      return bad_user_input("offset", value, "a whole number from 0 to 1000000000");
    query_.offset = static_cast<std::size_t>(*offset);
    return {};
  }

  /// The values of a list, spaces around them removed.
  static std::vector<std::string> parts_of(std::string_view list) {
    std::vector<std::string> parts;
    for (;;) {
      const auto comma = list.find(',');
      auto part = list.substr(0, comma);
      const auto first = part.find_first_not_of(' ');
      part = first == std::string_view::npos
                 ? std::string_view{}
                 : part.substr(first, part.find_last_not_of(' ') - first + 1);
      parts.emplace_back(part);
      if (comma == std::string_view::npos)
        return parts;
      list.remove_prefix(comma + 1);
    }
  }

  const std::size_t max_limit_;
  TaskQuery query_;
  std::vector<std::string> seen_;
};

}  // namespace

Result<TaskQuery> parse_task_query(std::string_view query, std::size_t max_limit) {
  Parser parser(max_limit);
  for (const auto& [name, value] : query_parameters(query))
    if (auto taken = parser.take(name, value); !taken)
      return std::move(taken).error();
  return std::move(parser).finish();
}

Result<void> check_filters(const TaskQuery& query, const Viewer& viewer) {
  const auto is_for_administrators = [](const TextFilter& filter) {
    return filter.field == User || filter.field == DestinationOrg;
  };
  if (!viewer.sees_everything() && std::ranges::any_of(query.texts, is_for_administrators))
    return make_error(ErrorCode::Forbidden, {"the role " + std::string(kRoleAdministrators)});
  return {};
}

}  // namespace sitegate
