#include "core/config/tags.h"

#include <algorithm>
#include <span>

namespace consort::config {
namespace {

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
    std::erase_if(node.entries, [](const Entry& e) { return e.value.tag == Tag::reset; });
    std::erase_if(node.items, [](const Node& item) { return item.tag == Tag::reset; });
    for (auto& item : node.items) take(item, false);
    if (node.tag == Tag::replace) node.tag = Tag::none;
  }

  TaggedKeys taken_;
  std::vector<std::string> path_;
};

void drop(Node& base, std::span<const std::string> path) {
  Node* node = &base;
  for (; path.size() > 1; path = path.subspan(1)) {
    Entry* entry = node->find(path.front());
    if (!entry) return;
    node = &entry->value;
  }
  if (!path.empty()) node->erase(path.front());
}

}  // namespace

TaggedKeys take_tags(Node& document) { return Taker().run(document); }

void drop_tagged(Node& base, const TaggedKeys& keys) {
  for (const auto& key : keys) drop(base, key.path);
}

void drop_tagged_of_service(Node& base, std::string_view name, const TaggedKeys& keys) {
  for (const auto& key : keys) {
    if (key.path.size() > 2 && key.path[0] == "services" && key.path[1] == name) {
      drop(base, std::span(key.path).subspan(2));
    }
  }
}

}  // namespace consort::config
