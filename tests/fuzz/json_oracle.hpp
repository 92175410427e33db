#pragma once
// Two second opinions on JSON: the tree of Boost.JSON, and SQLite, which shares no line with it.

#include <sqlite3.h>

#include <boost/json/parse.hpp>
#include <memory>
#include <optional>

#include "contract/task_id.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace sitegate::fuzz {

/// The whole text as a tree of at most `max_depth` containers; nullopt: it is no JSON object.
inline std::optional<boost::json::object> object_of(std::string_view text, std::size_t max_depth) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::error_code error;
  auto value = boost::json::parse({text.data(), text.size()}, error, {}, options);
  if (error || !value.is_object())
    return std::nullopt;
  return std::move(value.get_object());
}

inline bool sqlite_takes(std::string_view text) {
  struct Asked {
    Asked() {
      require(sqlite3_open(":memory:", &database) == SQLITE_OK &&
                  sqlite3_prepare_v2(database, "SELECT json_valid(?1)", -1, &question, nullptr) ==
                      SQLITE_OK,
              "SQLite can be asked");
    }
    sqlite3* database = nullptr;
    sqlite3_stmt* question = nullptr;
  };
  static const Asked asked;
  sqlite3_reset(asked.question);
  sqlite3_bind_text(asked.question, 1, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  require(sqlite3_step(asked.question) == SQLITE_ROW, "SQLite answers");
  return sqlite3_column_int(asked.question, 0) == 1;
}

/// The text of a member; empty when it is not there or no string.
inline std::string text_member(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

}  // namespace sitegate::fuzz
