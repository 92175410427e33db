#pragma once
// Reads YAML mappings into plain variables and says everything that is wrong with them, each with
// its place. Nothing stops at the first problem; what cannot be read leaves its variable as it was.
//
//   read_yaml_file(path, problems, [&](YamlMap& root) {
//     root.map("sessions", [&](YamlMap& map) {
//       map.duration("idle", sessions.idle, 1s, 24h, "A session ends when it was not used for
//       this.");
//     }, "The sessions of users.", Need::Optional);
//   });
//
// What a key means is said where it is read; its default is what its variable holds before. So the
// same function describes all its keys, without any file: `describe_keys`.
//
// Every reader marks its key as known. The keys that nobody asked for are problems, and the known
// ones are named: so ask for all keys, always. When there are such keys the functions run once
// more, on a mapping without any key, to find where they would be known. A key written twice, a
// value of the wrong kind and a YAML tag are problems as well. Anchors and aliases work. A problem
// stands where the value is; that of a nested mapping or list, and of a key without a value, where
// its key is; that of a missing key where its mapping is.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"
#include "config/settings.hpp"

namespace sitegate {

struct YamlNode;
struct YamlChild;
enum class YamlKind : std::uint8_t;

/// Must a key be there? Where other keys decide that, `when` says in the description of the key
/// what they must be for this one to be needed.
struct Need {
  bool required = true;
  std::string_view when = {};

  static const Need Optional;
  static const Need Required;
};
inline constexpr Need Need::Optional{false};
inline constexpr Need Need::Required{true};

/// What there is to know about a key before it is written.
struct KeyDescription {
  std::string path;           ///< `listeners[].for`, `sites.NAME.url`
  std::string value;          ///< what may be written: `a duration from 1s to 30d`
  std::string default_value;  ///< as one would write it; empty: there is none
  Need need;
  std::string meaning;  ///< a sentence or two
};

/// A text and where it stands.
struct LocatedText {
  std::string value;
  Origin origin;
};

struct LocatedPair {
  LocatedText key;
  LocatedText value;
};

/// One mapping, valid while the function that got it runs. Every reader returns true when `out`
/// was set; an optional key that is absent is no problem. All bounds are inclusive. `meaning` is
/// for docs/CONFIGURATION.md: whole sentences.
class YamlMap {
 public:
  using Reader = std::function<void(YamlMap&)>;
  using NamedReader = std::function<void(const LocatedText& name, YamlMap&)>;

  YamlMap(const YamlMap&) = delete;
  YamlMap& operator=(const YamlMap&) = delete;

  const Origin& origin() const noexcept { return origin_; }

  /// Of the value; where it is absent, of this mapping with the key added to the path.
  Origin origin(std::string_view key) const;
  bool has(std::string_view key) const;

  /// Adds a problem at `origin(key)`.
  void problem(std::string_view key, std::string what, std::string cure);
  Problems& problems() noexcept;

  /// What relative paths start from; absolute.
  const std::filesystem::path& directory() const noexcept;

  /// For a key that is known and has no place in this mapping: a problem when it is there. It is
  /// not named among the allowed ones.
  void forbid(std::string_view key, std::string what, std::string cure);

  /// One line of text, not empty. `expected` completes the sentence "write ...".
  bool text(std::string_view key, std::string& out, std::string_view meaning,
            Need need = Need::Required, std::string_view expected = "a text");
  bool text(std::string_view key, LocatedText& out, std::string_view meaning,
            Need need = Need::Required, std::string_view expected = "a text");

  /// One of these words.
  bool choice(std::string_view key, std::string& out, std::initializer_list<std::string_view> words,
              std::string_view meaning, Need need = Need::Required);

  /// true or false.
  bool flag(std::string_view key, bool& out, std::string_view meaning, Need need = Need::Optional);

  /// Decimal digits, no leading zero.
  bool integer(std::string_view key, std::size_t& out, std::size_t min, std::size_t max,
               std::string_view meaning, Need need = Need::Optional);

  /// An integer and one of ms, s, m, h, d: `30s`; 0 needs none.
  bool duration(std::string_view key, std::chrono::milliseconds& out, std::chrono::milliseconds min,
                std::chrono::milliseconds max, std::string_view meaning,
                Need need = Need::Optional);

  /// Octets: an integer, or an integer and KiB or MiB: `16KiB`.
  bool size(std::string_view key, std::size_t& out, std::size_t min, std::size_t max,
            std::string_view meaning, Need need = Need::Optional);

  /// A path, made absolute from the folder of the YAML file. It need not exist.
  bool path(std::string_view key, std::filesystem::path& out, std::string_view meaning,
            Need need = Need::Required);

  /// A path to a regular file that can be opened for reading and is not empty.
  bool file(std::string_view key, FileRef& out, std::string_view meaning,
            Need need = Need::Required);

  /// A nested mapping.
  bool map(std::string_view key, const Reader& read, std::string_view meaning,
           Need need = Need::Required, std::string_view expected = "a mapping");

  /// A mapping from names to mappings: `read` gets each of them, in the order of the file.
  bool maps(std::string_view key, const NamedReader& read, std::string_view meaning,
            Need need = Need::Required);

  /// A list of mappings.
  bool list(std::string_view key, const Reader& read, std::string_view meaning,
            Need need = Need::Required);

  /// A list of texts as above; the list itself may be `[]`.
  bool texts(std::string_view key, std::vector<LocatedText>& out, std::string_view meaning,
             Need need = Need::Required);

  /// A mapping from texts to texts as above, in the order of the file.
  bool pairs(std::string_view key, std::vector<LocatedPair>& out, std::string_view meaning,
             Need need = Need::Required);

 private:
  friend bool read_yaml_text(std::string_view text, const std::string& file,
                             const std::filesystem::path& directory, Problems& problems,
                             const Reader& read);
  friend std::vector<KeyDescription> describe_keys(const Reader& read);
  struct UnknownKey {
    LocatedText name;
    std::vector<std::string> allowed;
  };
  struct Source {
    const std::string& file;
    const std::filesystem::path& directory;
    Problems& problems;
    std::vector<KeyDescription>* descriptions;  ///< null: a text is read
    std::vector<UnknownKey> unknown = {};
  };

  YamlMap(const YamlNode& node, Origin origin, Source& source);

  static void read(const YamlNode& node, Origin origin, Source& source, const Reader& read);
  void index_keys();
  void collect_unknown_keys();
  static void report_unknown_keys(const Source& source, const Reader& read);
  bool is_first(const YamlChild& child) const;
  const YamlChild* child(std::string_view key) const;
  Origin origin_of(const YamlChild& child, std::string key_path) const;
  LocatedText name_of(const YamlChild& child) const;
  void describe(std::string_view key, std::string value, std::string default_value,
                std::string_view meaning, Need need);
  bool describes_only() const noexcept { return source_.descriptions != nullptr; }
  const YamlChild* wanted(std::string_view key, Need need, std::string_view expected);
  bool has_kind(const YamlNode& node, YamlKind kind, const Origin& origin,
                std::string_view expected);
  bool is_text(const YamlNode& node, const Origin& origin, std::string_view expected);
  bool read_text(std::string_view key, LocatedText& out, Need need, std::string_view expected);
  bool read_map(std::string_view key, const Reader& read, Need need, std::string_view expected);
  void refuse(std::string_view key, std::string_view value, std::string_view expected);
  template <class T>
  bool bounded(std::string_view key, T& out, T min, T max, Need need, const std::string& expected,
               std::optional<T> (*parse)(std::string_view));

  const YamlNode& node_;
  Origin origin_;
  Source& source_;
  std::map<std::string_view, const YamlChild*> first_;  // of each key, should it be repeated
  std::vector<std::string> known_;
  std::vector<std::string> forbidden_;
  bool any_key_ = false;  // the keys are names
};

/// Reads one YAML document whose root is a mapping. False: problems were added; `read` may or may
/// not have run. `file` names the text in reports; `directory` is what relative paths start from.
bool read_yaml_text(std::string_view text, const std::string& file,
                    const std::filesystem::path& directory, Problems& problems,
                    const YamlMap::Reader& read);

/// The same for a file of at most 1 MiB; relative paths start from its folder.
bool read_yaml_file(const std::filesystem::path& file, Problems& problems,
                    const YamlMap::Reader& read);

/// Every key that `read` asks for, nested ones too, in its order; a list of mappings as `key[]`, a
/// name as NAME. `read` runs on a mapping without any key, in a folder that is not there.
std::vector<KeyDescription> describe_keys(const YamlMap::Reader& read);

/// For tests and for other readers of the same notations; nullopt: not of this form, or too large.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::optional<std::size_t> parse_size(std::string_view text);
std::optional<std::size_t> parse_integer(std::string_view text);

}  // namespace sitegate
