#include "core/config/merge.h"

#include "core/config/lists.h"
#include "core/config/merge_lists.h"
#include "core/config/merge_rules.h"
#include "core/config/read.h"

namespace consort::config {
namespace {

using Level = MergeLevel;
using Rule = MergeRule;
using Row = MergeRow;

bool sets(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry && !entry->value.is_null();
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
      for (const std::string_view other : {"test", "http", "tcp", "status", "insecure"}) {
        const bool of_http = other == "status" || other == "insecure";
        if (other != kind && !(kind == "http" && of_http)) base.erase(other);
      }
    }
  }
}

// Applies the keys of lists inside one document.
void keep_last_items(Node& node, Level level) {
  for (auto& entry : node.entries) {
    const Row row = find_merge_row(level, entry.key);
    if (entry.value.is_sequence() && row.items != ItemKey::none) {
      keep_last_of_each(entry.value, row.items);
    } else if (entry.value.is_map() && row.below != Level::other) {
      keep_last_items(entry.value, row.below);
    }
  }
}

class Merger {
 public:
  explicit Merger(Diagnostics& out) : out_(out) {}

  void merge_maps(Node& base, Node& over, const Path& path, Level level) {
    clear_alternatives(base, over, level);
    for (auto& entry : over.entries) {
      Entry* under = base.find(entry.key);
      if (!under) {
        base.entries.push_back(std::move(entry));
      } else if (is_extension(entry.key)) {
        *under = std::move(entry);
      } else {
        under->where = entry.where;
        under->written = entry.written;
        merge_value(under->value, entry.value, Path(path, under->shown()),
                    find_merge_row(level, entry.key));
      }
    }
  }

 private:
  void merge_value(Node& base, Node& over, const Path& path, const Row& row) {
    if (row.rule == Rule::replace) {
      base = std::move(over);
    } else if (over.is_null()) {
      return;
    } else if (base.is_null() || (base.is_scalar() && !over.is_scalar())) {
      base = std::move(over);
    } else if (base.kind != over.kind) {
      if (base.broken || over.broken) return;  // that is reported already
      out_.error(over.where, "cannot merge " + path.to_string() + ": it is " + describe(over) +
                                 " here and " + describe(base) + " at " +
                                 model::to_string(to_location(base.where)));
    } else if (over.is_scalar()) {
      base = std::move(over);
    } else if (over.is_sequence()) {
      merge_lists(base, over, row);
    } else {
      merge_long(base, over, path, row);
    }
  }

  static void merge_lists(Node& base, Node& over, const Row& row) {
    if (row.rule == Rule::subnets) return merge_subnets(base, std::move(over));
    base.items.insert(base.items.end(), std::make_move_iterator(over.items.begin()),
                      std::make_move_iterator(over.items.end()));
    if (row.items != ItemKey::none) keep_last_of_each(base, row.items);
  }

  void merge_long(Node& base, Node& over, const Path& path, const Row& row) {
    if (row.rule == Rule::logging && sets(base, "driver") && sets(over, "driver") &&
        base.find("driver")->value.text != over.find("driver")->value.text) {
      base = std::move(over);
    } else if (row.rule == Rule::by_name || row.rule == Rule::limits) {
      replace_by_name(base, over);
    } else if (row.rule == Rule::hosts) {
      merge_hosts(base, std::move(over));
    } else {
      merge_maps(base, over, path, row.below);
    }
  }

  // A bare NAME in a later file means "from the environment" and replaces a value.
  static void replace_by_name(Node& base, Node& over) {
    for (auto& entry : over.entries) {
      if (Entry* under = base.find(entry.key)) {
        *under = std::move(entry);
      } else {
        base.entries.push_back(std::move(entry));
      }
    }
  }

  Diagnostics& out_;
};

}  // namespace

void merge_document(Node& base, Node over, Diagnostics& out) {
  keep_last_items(over, Level::root);
  if (base.is_null()) {
    base = std::move(over);
  } else {
    Merger(out).merge_maps(base, over, Path(), Level::root);
  }
}

void merge_service(Node& base, Node over, const Path& path, Diagnostics& out) {
  if (!over.is_map()) return;
  keep_last_items(over, Level::service);
  Merger(out).merge_maps(base, over, path, Level::service);
}

}  // namespace consort::config
