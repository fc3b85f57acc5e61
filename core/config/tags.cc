#include "core/config/tags.h"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

namespace consort::config {
namespace {

bool is_reset(const Entry& entry) { return entry.value.tag == Tag::reset; }

class Taker {
 public:
  TaggedKeys run(Node& document) {
    take(document, true);
    return std::move(taken_);
  }

 private:
  static bool is_tagged(const Node& node) {
    return node.tag == Tag::reset || node.tag == Tag::replace;
  }

  // `named`: the way from the root has only keys, no places in a list.
  void take(Node& node, bool named) {
    for (auto& entry : node.entries) {
      path_.push_back(entry.key);
      if (is_tagged(entry.value) && named) {
        taken_.push_back({path_, entry.value.where, entry.value.tag});
      }
      if (entry.value.tag != Tag::reset) take(entry.value, named);
      path_.pop_back();
    }
    node.entries.erase_if(is_reset);
    std::erase_if(node.items, [](const Node& item) { return item.tag == Tag::reset; });
    for (auto& item : node.items) take(item, false);
    if (node.tag == Tag::replace) node.tag = Tag::none;
  }

  TaggedKeys taken_;
  std::vector<std::string> path_;
};

// Marks what is to go and then goes through each map once, however many of its keys that are.
// `skip`: so many keys of each path lead to `base`.
void drop(Node& base, std::span<const TaggedKey> keys, std::size_t skip) {
  std::vector<std::pair<std::size_t, Node*>> maps;  // with their depth
  for (const auto& key : keys) {
    const auto path = std::span(key.path).subspan(skip);
    Node* map = &base;
    Entry* entry = map->find(path.front());
    for (const auto& name : path.subspan(1)) {
      if (!entry) break;
      map = &entry->value;
      entry = map->find(name);
    }
    if (!entry) continue;
    entry->value.tag = Tag::reset;
    maps.emplace_back(path.size(), map);
  }
  // The deepest first: to remove an entry moves the maps in those behind it.
  std::sort(maps.begin(), maps.end(), std::greater());
  maps.erase(std::unique(maps.begin(), maps.end()), maps.end());
  for (const auto& [depth, map] : maps) map->entries.erase_if(is_reset);
}

}  // namespace

TaggedKeys take_tags(Node& document) {
  TaggedKeys keys = Taker().run(document);
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return keys;
}

void drop_tagged(Node& base, const TaggedKeys& keys) { drop(base, keys, 0); }

void drop_tagged_of_service(Node& base, std::string_view name, const TaggedKeys& keys) {
  const std::vector<std::string> service{"services", std::string(name)};
  const auto first =
      std::upper_bound(keys.begin(), keys.end(), service,
                       [](const auto& path, const TaggedKey& key) { return path < key.path; });
  const auto last = std::find_if_not(first, keys.end(), [&](const TaggedKey& key) {
    return key.path.size() > 2 && key.path[0] == service[0] && key.path[1] == service[1];
  });
  drop(base, {first, last}, service.size());
}

}  // namespace consort::config
