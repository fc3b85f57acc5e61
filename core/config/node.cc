#include "core/config/node.h"

#include <algorithm>
#include <utility>

namespace consort::config {

model::Location to_location(const Mark& mark) {
  return {mark.file ? *mark.file : std::string(), mark.line, mark.column};
}

bool Node::erase(std::string_view key) {
  return find(key) && entries.erase_if([&](const Entry& entry) { return entry.key == key; }) > 0;
}

bool has_broken(const Node& node) {
  return node.broken || std::any_of(node.items.begin(), node.items.end(), has_broken) ||
         std::any_of(node.entries.begin(), node.entries.end(),
                     [](const Entry& entry) { return has_broken(entry.value); });
}

bool same_value(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.text != b.text || a.entries.size() != b.entries.size()) return false;
  for (const auto& entry : a.entries) {
    const Entry* other = b.find(entry.key);
    if (!other || !same_value(entry.value, other->value)) return false;
  }
  return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same_value);
}

Node make_scalar(std::string text, Mark where) {
  Node node;
  node.kind = Kind::scalar;
  node.where = where;
  node.text = std::move(text);
  return node;
}

Node make_broken(Mark where) {
  Node node = make_scalar({}, where);
  node.broken = true;
  return node;
}

Node make_map(Mark where) {
  Node node;
  node.kind = Kind::map;
  node.where = where;
  return node;
}

std::string Path::to_string() const {
  std::string text = parent_ ? parent_->to_string() : std::string();
  if (index_ >= 0) return text + '[' + std::to_string(index_) + ']';
  if (!text.empty() && !key_.empty()) text += '.';
  return text.append(key_);
}

}  // namespace consort::config
