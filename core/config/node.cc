#include "core/config/node.h"

#include <utility>

namespace consort::config {

model::Location to_location(const Mark& mark) {
  return {mark.file ? *mark.file : std::string(), mark.line, mark.column};
}

const Entry* Node::find(std::string_view key) const {
  for (const auto& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

Entry* Node::find(std::string_view key) {
  return const_cast<Entry*>(std::as_const(*this).find(key));
}

bool Node::erase(std::string_view key) {
  return std::erase_if(entries, [&](const Entry& entry) { return entry.key == key; }) > 0;
}

Node make_scalar(std::string text, Mark where) {
  Node node;
  node.kind = Kind::scalar;
  node.where = where;
  node.text = std::move(text);
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
