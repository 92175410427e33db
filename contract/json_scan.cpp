#include "contract/json_scan.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <deque>
#include <functional>

#include "contract/error.hpp"

namespace sitegate {
namespace {

namespace json = boost::json;

bool shorter_or_less(std::string_view a, std::string_view b) noexcept {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

/// The events of Boost.JSON's parser; `false` with an error code ends the scan.
class Handler {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  Handler(std::string_view text, std::size_t max_members, JsonVisitor visit)
      : text_(text), visit_(visit), max_members_(max_members) {}

  /// Set when the scan was ended by us and not by the grammar.
  const std::string& fault() const noexcept { return fault_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) {
    show({.path = {}, .kind = JsonKind::Object, .text = {}});
    objects_.push_back(names_.size());
    ++depth_;
    return true;
  }

  bool on_object_end(std::size_t, json::error_code& ec) {
    if (has_name_twice(objects_.back()))
      return fail(ec);
    names_.resize(objects_.back());
    objects_.pop_back();
    --depth_;
    return true;
  }

  bool on_array_begin(json::error_code& ec) {
    if (!accept({.path = {}, .kind = JsonKind::Array, .text = {}}, ec))
      return false;
    ++depth_;
    return true;
  }

  bool on_array_end(std::size_t, json::error_code&) {
    --depth_;
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    pieces_.append(part.data(), part.size());
    return true;
  }

  bool on_key(json::string_view last, std::size_t, json::error_code& ec) {
    if (++members_ > max_members_) {
      fault_ = "more than " + std::to_string(max_members_) + " members";
      return fail(ec);
    }
    std::string_view name(last.data(), last.size());
    if (!in_text(name) || !pieces_.empty()) {
      name = unescaped_names_.emplace_back(std::move(pieces_.append(name)));
      pieces_.clear();
    }
    names_.push_back(name);
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    pieces_.append(part.data(), part.size());
    return true;
  }

  bool on_string(json::string_view last, std::size_t, json::error_code& ec) {
    const std::string_view text(last.data(), last.size());
    if (in_text(text) && pieces_.empty())
      return accept({.path = {},
                     .kind = JsonKind::String,
                     .text = text,
                     .offset = static_cast<std::size_t>(text.data() - text_.data())},
                    ec);
    pieces_.append(text);
    const bool ok = accept({.path = {}, .kind = JsonKind::String, .text = pieces_}, ec);
    pieces_.clear();
    return ok;
  }

  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t value, json::string_view text, json::error_code& ec) {
    return accept({.path = {},
                   .kind = JsonKind::Integer,
                   .text = {text.data(), text.size()},
                   .integer = value},
                  ec);
  }
  bool on_uint64(std::uint64_t, json::string_view text, json::error_code& ec) {
    return accept({.path = {}, .kind = JsonKind::Number, .text = {text.data(), text.size()}}, ec);
  }
  bool on_double(double, json::string_view text, json::error_code& ec) {
    return accept({.path = {}, .kind = JsonKind::Number, .text = {text.data(), text.size()}}, ec);
  }
  bool on_bool(bool value, json::error_code& ec) {
    return accept({.path = {}, .kind = JsonKind::Bool, .text = value ? "true" : "false"}, ec);
  }
  bool on_null(json::error_code& ec) {
    return accept({.path = {}, .kind = JsonKind::Null, .text = "null"}, ec);
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  /// What the parser hands over without escapes is a view into the text itself.
  bool in_text(std::string_view view) const noexcept {
    constexpr std::less_equal<> no_later;
    return no_later(text_.data(), view.data()) &&
           no_later(view.data(), text_.data() + text_.size());
  }

  bool fail(json::error_code& ec) {
    ec = json::error::exception;  // any error ends the parser; fault_ says what it was
    return false;
  }

  /// Every value but an object, which alone may stand at the top.
  bool accept(JsonMember member, json::error_code& ec) {
    if (depth_ == 0) {
      fault_ = "the top level must be an object";
      return fail(ec);
    }
    show(member);
    return true;
  }

  /// Hands a value to the visitor if it is a member at depth 1, or at depth 2 inside an object.
  void show(JsonMember member) {
    if (depth_ == 0 || depth_ > 2 || objects_.size() != depth_)
      return;
    const std::string_view name = names_.back();
    if (name.find('.') != std::string_view::npos)
      return;
    if (depth_ == 1) {
      member.path = name;
    } else {
      const std::string_view parent = names_[objects_.back() - 1];
      if (parent.find('.') != std::string_view::npos)
        return;
      path_.assign(parent).append(1, '.').append(name);
      member.path = path_;
    }
    visit_(member);
  }

  bool has_name_twice(std::size_t first) {
    constexpr std::ptrdiff_t kFewNames = 16;  // below it comparing all pairs beats sorting
    const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first);
    auto twice = names_.end();
    if (names_.end() - begin <= kFewNames) {
      for (auto name = begin; name != names_.end() && twice == names_.end(); ++name)
        if (std::find(begin, name, *name) != name)
          twice = name;
    } else {
      std::sort(begin, names_.end(), shorter_or_less);
      twice = std::adjacent_find(begin, names_.end());
    }
    if (twice == names_.end())
      return false;
    fault_ = "member '" + printable(*twice) + "' stands twice in one object";
    return true;
  }

  std::string_view text_;
  JsonVisitor visit_;
  std::size_t max_members_;
  std::size_t members_ = 0;
  std::size_t depth_ = 0;                                       // open containers
  boost::container::small_vector<std::size_t, 8> objects_;      // open ones: their first in names_
  boost::container::small_vector<std::string_view, 48> names_;  // of the open objects, in order
  std::deque<std::string> unescaped_names_;                     // what names_ cannot view in text_
  std::string pieces_;                                          // of a string with escapes
  std::string path_;
  std::string fault_;
};

std::string fault_of(const json::error_code& ec, std::size_t read, std::string_view text,
                     std::size_t max_depth) {
  if (ec == json::error::incomplete)
    return "unexpected end after " + std::to_string(text.size()) + " octets";
  const std::string place = " at octet " + std::to_string(read + 1);
  if (ec == json::error::too_deep)
    return "nesting of more than " + std::to_string(max_depth) + " levels" + place;
  if (ec == json::error::extra_data)
    return "text after the end of the object" + place;
  if (read < text.size() && static_cast<unsigned char>(text[read]) >= 0x80)
    return "invalid UTF-8" + place;
  return "a syntax error" + place;
}

}  // namespace

std::optional<JsonFault> scan_json_object(std::string_view text, const JsonLimits& limits,
                                          JsonVisitor member) {
  json::parse_options options;
  options.max_depth = limits.depth;
  json::basic_parser<Handler> parser(options, text, limits.members, member);
  json::error_code ec;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && read < text.size())
    ec = json::error::extra_data;
  if (!ec)
    return std::nullopt;
  if (const std::string& ours = parser.handler().fault(); !ours.empty())
    return JsonFault{ours};
  return JsonFault{fault_of(ec, read, text, limits.depth)};
}

}  // namespace sitegate
