#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/entries.h"
#include "core/model/location.h"

namespace consort::config {

// A place in a file: 1-based; line 0 is no place. `file` (as shown to people) must outlive the
// mark.
struct Mark {
  const std::string* file = nullptr;
  int line = 0;
  int column = 0;
};
model::Location to_location(const Mark& mark);

enum class Kind : std::uint8_t { null, scalar, map, sequence };
enum class Tag : std::uint8_t { none, reset, replace, string };  // !reset, !override, !!str

// One value of a configuration file, with its place. Aliases and merge keys are already expanded;
// a map keeps the order of its file. Scalars keep their text: what a word means is decided where
// it is read, so that YAML 1.1 and 1.2 cannot differ.
struct Node {
  Kind kind = Kind::null;
  Tag tag = Tag::none;
  bool plain = false;       // an unquoted scalar
  bool made_plain = false;  // it was unquoted before variables were put in
  bool broken = false;      // could not be used; reported already, to be passed over
  Mark where;
  std::string text;         // scalar
  Entries entries;          // map
  std::vector<Node> items;  // sequence

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_map() const { return kind == Kind::map; }
  bool is_sequence() const { return kind == Kind::sequence; }

  // The entry of a map, or nullptr (also when this is no map).
  const Entry* find(std::string_view key) const { return entries.find(key); }
  Entry* find(std::string_view key) { return entries.find(key); }
  // Removes the entry if it is there.
  bool erase(std::string_view key);
};

struct Entry {
  std::string key;
  Mark where;  // of the key
  Node value;
  std::string_view written = {};  // the other name that the file has for it, or empty; static

  std::string_view shown() const { return written.empty() ? std::string_view(key) : written; }
};

// Is it broken, or a part of it?
bool has_broken(const Node& node);

// The same kinds, keys and texts, wherever they stand; the order of keys does not matter.
bool same_value(const Node& a, const Node& b);

Node make_scalar(std::string text, Mark where);
Node make_map(Mark where);
// In the place of what could not be had, and was reported.
Node make_broken(Mark where);

// The way from the root to a value, for messages: "services.web.ports[0]". A chain on the stack:
// a path lives no longer than its parent.
class Path {
 public:
  Path() = default;
  explicit Path(std::string_view key) : key_(key) {}
  Path(const Path& parent, std::string_view key) : parent_(&parent), key_(key) {}
  Path(const Path& parent, std::size_t index)
      : parent_(&parent), index_(static_cast<std::ptrdiff_t>(index)) {}

  std::string to_string() const;

 private:
  const Path* parent_ = nullptr;
  std::string_view key_;
  std::ptrdiff_t index_ = -1;
};

}  // namespace consort::config
