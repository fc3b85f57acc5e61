#include "core/config/merge.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "core/config/lists.h"
#include "core/config/merge_rules.h"

namespace consort::config {
namespace {

using Level = MergeLevel;
using Rule = MergeRule;
using Row = MergeRow;

bool sets(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry && !entry->value.is_null() && entry->value.tag != Tag::reset;
}

// Keys that exclude each other: one in a later file clears the others of earlier files.
void clear_alternatives(Node& base, const Node& over, Level level) {
  if (level == Level::service) {
    if (sets(over, "binary")) {
      base.erase("command");
      base.erase("entrypoint");
    } else if (sets(over, "command") || sets(over, "entrypoint")) {
      base.erase("binary");
      base.erase("args");
    }
  } else if (level == Level::healthcheck) {
    for (const std::string_view kind : {"test", "http", "tcp"}) {
      if (!sets(over, kind)) continue;
      for (const std::string_view other : {"test", "http", "tcp", "status"}) {
        if (other != kind && !(kind == "http" && other == "status")) base.erase(other);
      }
    }
  }
}

void append_unique(Node& base, Node over, const std::function<std::string(const Node&)>& key) {
  std::unordered_map<std::string, std::size_t> seen;
  std::vector<Node> items;
  items.reserve(base.items.size() + over.items.size());
  for (auto* list : {&base.items, &over.items}) {
    for (auto& item : *list) {
      const auto [place, added] = seen.try_emplace(key(item), items.size());
      if (added) {
        items.push_back(std::move(item));
      } else {
        items[place->second] = std::move(item);
      }
    }
  }
  base.items = std::move(items);
}

std::string value_key(const Node& item) { return item.text; }

std::string member(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry ? entry->value.text : std::string();
}

std::string path_key(const Node& item) { return item.is_map() ? member(item, "path") : item.text; }

// The path in the service: `target`, or the second field of SRC:TARGET[:opts], or the only one.
std::string target_key(const Node& item) {
  if (item.is_map()) {
    const std::string target = member(item, "target");
    return target.empty() ? member(item, "source") : target;
  }
  const auto colon = item.text.find(':');
  if (colon == std::string::npos) return item.text;
  return item.text.substr(colon + 1, item.text.find(':', colon + 1) - colon - 1);
}

class Merger {
 public:
  explicit Merger(Diagnostics& out) : out_(out) {}

  void merge_maps(Node& base, Node& over, const Path& path, Level level) {
    clear_alternatives(base, over, level);
    std::unordered_map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < base.entries.size(); ++i) index.emplace(base.entries[i].key, i);
    std::vector<std::string> gone;
    for (auto& entry : over.entries) {
      if (entry.value.tag == Tag::reset) {
        gone.push_back(entry.key);
        continue;
      }
      const auto found = index.find(entry.key);
      const Row row = find_merge_row(level, entry.key);
      if (found == index.end()) {
        strip_tags(entry.value);
        base.entries.push_back(std::move(entry));
      } else {
        Entry& under = base.entries[found->second];
        under.where = entry.where;
        under.written = entry.written;
        merge_value(under.value, entry.value, Path(path, under.shown()), row);
      }
    }
    for (const auto& key : gone) base.erase(key);
  }

 private:
  void merge_value(Node& base, Node& over, const Path& path, const Row& row) {
    if (over.tag == Tag::replace || row.rule == Rule::replace) {
      strip_tags(over);
      base = std::move(over);
      return;
    }
    if (over.is_null()) return;
    to_long_form(base, row.rule);
    to_long_form(over, row.rule);
    if (base.is_null()) {
      strip_tags(over);
      base = std::move(over);
    } else if (base.kind != over.kind) {
      if (row.rule == Rule::ulimits || row.rule == Rule::hosts) {
        base = std::move(over);
        return;
      }
      out_.error(over.where, "cannot merge " + path.to_string() + ": it is " + describe(over) +
                                 " here and " + describe(base) + " at " +
                                 model::to_string(to_location(base.where)));
    } else if (over.is_scalar()) {
      base = std::move(over);
    } else if (over.is_sequence()) {
      merge_lists(base, over, row.rule);
    } else {
      merge_long(base, over, path, row);
    }
  }

  static void to_long_form(Node& node, Rule rule) {
    switch (rule) {
      case Rule::environment:
        return list_to_map(node);
      case Rule::values:
      case Rule::env_files:
        return one_to_list(node);
      case Rule::depends_on:
        return depends_on_to_map(node);
      case Rule::networks:
        return names_to_map(node);
      case Rule::build:
        return text_to_map(node, "context");
      default:
        return;
    }
  }

  void merge_lists(Node& base, Node& over, Rule rule) {
    strip_tags(over);
    switch (rule) {
      case Rule::values:
      case Rule::hosts:
        return append_unique(base, std::move(over), value_key);
      case Rule::targets:
        return append_unique(base, std::move(over), target_key);
      case Rule::env_files:
        return append_unique(base, std::move(over), path_key);
      default:
        base.items.insert(base.items.end(), std::make_move_iterator(over.items.begin()),
                          std::make_move_iterator(over.items.end()));
    }
  }

  void merge_long(Node& base, Node& over, const Path& path, const Row& row) {
    if (row.rule == Rule::logging && sets(base, "driver") && sets(over, "driver") &&
        member(base, "driver") != member(over, "driver")) {
      strip_tags(over);
      base = std::move(over);
    } else if (row.rule == Rule::environment) {
      merge_environment(base, over);
    } else if (row.rule == Rule::ulimits) {
      for (auto& entry : over.entries) set_or_merge(base, entry, path);
    } else {
      merge_maps(base, over, path, row.below);
    }
  }

  // A bare NAME in a later file means "from the environment" and replaces a value.
  static void merge_environment(Node& base, Node& over) {
    for (auto& entry : over.entries) {
      if (entry.value.tag == Tag::reset) {
        base.erase(entry.key);
      } else if (Entry* under = base.find(entry.key)) {
        *under = std::move(entry);
      } else {
        base.entries.push_back(std::move(entry));
      }
    }
  }

  void set_or_merge(Node& base, Entry& entry, const Path& path) {
    Entry* under = base.find(entry.key);
    if (entry.value.tag == Tag::reset) {
      base.erase(entry.key);
    } else if (under && under->value.is_map() && entry.value.is_map()) {
      merge_maps(under->value, entry.value, Path(path, entry.key), Level::other);
    } else if (under) {
      *under = std::move(entry);
    } else {
      base.entries.push_back(std::move(entry));
    }
  }

  Diagnostics& out_;
};

}  // namespace

void strip_tags(Node& node) {
  std::erase_if(node.entries, [](const Entry& entry) { return entry.value.tag == Tag::reset; });
  std::erase_if(node.items, [](const Node& item) { return item.tag == Tag::reset; });
  for (auto& entry : node.entries) strip_tags(entry.value);
  for (auto& item : node.items) strip_tags(item);
  if (node.tag != Tag::string) node.tag = Tag::none;
}

void merge_document(Node& base, Node over, Diagnostics& out) {
  if (base.is_null()) {
    strip_tags(over);
    base = std::move(over);
  } else if (!over.is_map()) {
    out.error(over.where, "cannot read the file: " + describe(over) + " is not a map");
  } else if (base.is_map()) {
    Merger(out).merge_maps(base, over, Path(), Level::root);
  }
}

}  // namespace consort::config
