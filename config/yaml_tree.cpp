#include "config/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

namespace sitegate {
namespace {

/// Ends the parse: thrown by the builder through the parser.
struct Refusal {
  YAML::Mark mark;
  std::string what;
  std::string cure;
};

/// A comment put behind the text. yaml-cpp takes a quote that is never closed and gives it all the
/// rest of the text, this included; no text holds this octet (`is_text`).
constexpr std::string_view kEnd = "\n#\x01\n";
constexpr std::string_view kEndInValue = "#\x01";

/// Builds the tree from the parser's events. yaml-cpp's own nodes take a repeated key silently,
/// follow no bounds and lose the place of an alias.
class TreeBuilder final : public YAML::EventHandler {
 public:
  /// `lines`: how many the text has.
  explicit TreeBuilder(int lines) : lines_(lines) {}

  YamlTree take() { return std::move(tree_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    attach(mark, finished(open(mark, YamlKind::Null, "", anchor)));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (value.find(kEndInValue) != std::string::npos) {
      throw Refusal{mark, "a quote is opened here and never closed", "close it"};
    }
    Open scalar = open(mark, YamlKind::Scalar, tag, anchor);
    scalar.node->text = value;
    attach(mark, finished(scalar));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Refusal{mark, "the alias stands inside of what it refers to",
                    "write the values out instead"};
    }
    attach(mark, found->second);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    push(open(mark, YamlKind::List, tag, anchor));
  }
  void OnSequenceEnd() override { pop(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    push(open(mark, YamlKind::Map, tag, anchor));
  }
  void OnMapEnd() override { pop(); }

 private:
  /// A node, and how many there are below it when every alias is written out.
  struct Finished {
    const YamlNode* node;
    std::size_t nodes;
  };
  struct Open {
    YamlNode* node;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    std::size_t nodes = 1;
    YamlRef key = {};
  };

  Open open(const YAML::Mark& mark, YamlKind kind, const std::string& tag, YAML::anchor_t anchor) {
    YamlNode& node = tree_.nodes.emplace_back();
    node.kind = kind;
    if (tag != "?" && tag != "!") {  // what the parser says of plain and of quoted text
      node.tag = tag;
    }
    return {&node, mark, anchor};
  }

  /// Only now may an alias refer to it: no node contains itself.
  Finished finished(const Open& open) {
    const Finished result{open.node, open.nodes};
    if (open.anchor != YAML::NullAnchor) {
      anchors_[open.anchor] = result;
    }
    return result;
  }

  void push(Open container) {
    if (open_.size() == kMaxYamlDepth) {
      throw Refusal{container.mark,
                    "nested deeper than " + std::to_string(kMaxYamlDepth) + " levels",
                    "write it flatter"};
    }
    open_.push_back(container);
  }

  void pop() {
    const Open container = open_.back();
    open_.pop_back();
    attach(container.mark, finished(container));
  }

  void attach(const YAML::Mark& mark, const Finished& child) {
    // A key that is missing at the end is missed behind it, in a line that is not there.
    const bool is_behind = mark.line >= lines_;
    const YamlRef ref{child.node, is_behind ? lines_ : mark.line + 1,
                      is_behind ? 1 : mark.column + 1};
    if (open_.empty()) {
      tree_.root = ref;
      return;
    }
    Open& parent = open_.back();
    parent.nodes += child.nodes;
    if (parent.nodes > kMaxYamlNodes) {
      throw Refusal{mark,
                    "more than " + std::to_string(kMaxYamlNodes) + " values, aliases written out",
                    "write less, or fewer aliases"};
    }
    if (parent.node->kind == YamlKind::List) {
      parent.node->children.push_back({{}, ref});
    } else if (parent.key.node == nullptr) {
      parent.key = ref;
    } else {
      parent.node->children.push_back({parent.key, ref});
      parent.key = {};
    }
  }

  YamlTree tree_;
  const int lines_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Finished> anchors_;
};

/// Length of the well-formed UTF-8 sequence (RFC 3629) that `text` begins with; 0 = none.
std::size_t utf8_length(std::string_view text) {
  const auto octet = [text](std::size_t at) {
    return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
  };
  const auto tail = [&octet](std::size_t at) { return (octet(at) & 0xC0) == 0x80; };
  const unsigned first = octet(0);
  const unsigned second = octet(1);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return tail(1) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong_or_surrogate =
        (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F);
    return !overlong_or_surrogate && tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool out_of_range = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    return !out_of_range && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

/// yaml-cpp takes any octets, and ends the text without a word at octet 4.
bool is_text(std::string_view text, const std::string& file, Problems& problems) {
  Origin place{file, 1, 1, ""};
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t length = utf8_length(text);
    if (c == '%' && place.column == 1) {  // the parser would end the document before it
      problems.add(place, "a YAML directive", "remove it, or quote a key that begins with %");
      return false;
    }
    if (length == 0) {
      problems.add(place, "not UTF-8", "save the file as UTF-8");
      return false;
    }
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') ||
        c == 0x7F) {
      problems.add(place, "a control character", "remove it");
      return false;
    }
    text.remove_prefix(length);
    place.column += static_cast<int>(length);
    if (c == '\n') {
      ++place.line;
      place.column = 1;
    }
  }
  return true;
}

}  // namespace

std::optional<YamlTree> parse_yaml(std::string_view text, const std::string& file,
                                   Problems& problems) {
  if (text.size() > kMaxYamlSize) {
    problems.add({file, 0, 0, ""}, "larger than 1 MiB", "write a smaller file");
    return std::nullopt;
  }
  if (!is_text(text, file, problems)) {
    return std::nullopt;
  }
  const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  try {
    std::istringstream stream{std::string(text).append(kEnd)};
    YAML::Parser parser(stream);
    TreeBuilder builder(lines);
    if (!parser.HandleNextDocument(builder)) {
      problems.add({file, 0, 0, ""}, "nothing is written here", "write a YAML mapping");
      return std::nullopt;
    }
    TreeBuilder another(lines);
    if (parser.HandleNextDocument(another)) {
      const YamlRef second = another.take().root;
      problems.add({file, second.line, second.column, ""}, "a second YAML document begins here",
                   "write one document, without another `---`");
      return std::nullopt;
    }
    return builder.take();
  } catch (const Refusal& refusal) {
    problems.add({file, refusal.mark.line + 1, refusal.mark.column + 1, ""}, refusal.what,
                 refusal.cure);
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    // What is missing at the end is missed behind it, in a line that is not there.
    const auto line_breaks = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    const bool is_behind = error.mark.line > line_breaks;
    problems.add({file, is_behind ? line_breaks : error.mark.line + 1,
                  is_behind ? 1 : error.mark.column + 1, ""},
                 "cannot be read as YAML: " + error.msg,
                 "correct it here or just above; quote a value that begins with * & ! [ { or that "
                 "holds a colon and a space");
    return std::nullopt;
  }
}

}  // namespace sitegate
