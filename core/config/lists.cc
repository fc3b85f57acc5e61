#include "core/config/lists.h"

#include <algorithm>

namespace consort::config {
namespace {

bool only_scalars(const Node& node) {
  return node.is_sequence() && std::all_of(node.items.begin(), node.items.end(),
                                           [](const Node& item) { return item.is_scalar(); });
}

void set(Node& map, std::string key, Mark where, Node value) {
  if (Entry* entry = map.find(key)) {
    entry->where = where;
    entry->value = std::move(value);
  } else {
    map.entries.push_back({std::move(key), where, std::move(value)});
  }
}

Node like(const Node& node, Kind kind) {
  Node result;
  result.kind = kind;
  result.tag = node.tag;
  result.where = node.where;
  return result;
}

}  // namespace

void list_to_map(Node& node) {
  if (!only_scalars(node)) return;
  Node map = like(node, Kind::map);
  map.entries.reserve(node.items.size());
  for (auto& item : node.items) {
    const auto equals = item.text.find('=');
    Node value;
    value.where = item.where;
    if (equals != std::string::npos) {
      value = make_scalar(item.text.substr(equals + 1), item.where);
    }
    set(map, item.text.substr(0, equals), item.where, std::move(value));
  }
  node = std::move(map);
}

void names_to_map(Node& node) {
  if (!only_scalars(node)) return;
  Node map = like(node, Kind::map);
  for (auto& item : node.items) {
    Node value;
    value.where = item.where;
    set(map, std::move(item.text), item.where, std::move(value));
  }
  node = std::move(map);
}

void one_to_list(Node& node) {
  if (!node.is_scalar()) return;
  Node list = like(node, Kind::sequence);
  node.tag = Tag::none;
  list.items.push_back(std::move(node));
  node = std::move(list);
}

void text_to_map(Node& node, std::string_view key) {
  if (!node.is_scalar()) return;
  Node map = like(node, Kind::map);
  node.tag = Tag::none;
  const Mark where = node.where;
  map.entries.push_back({std::string(key), where, std::move(node)});
  node = std::move(map);
}

void depends_on_to_map(Node& node) {
  if (!only_scalars(node)) return;
  names_to_map(node);
  for (auto& entry : node.entries) {
    const Mark where = entry.where;
    entry.value = make_map(where);
    Node required = make_scalar("true", where);
    required.plain = true;
    entry.value.entries.push_back({"condition", where, make_scalar("service_started", where)});
    entry.value.entries.push_back({"required", where, std::move(required)});
  }
}

}  // namespace consort::config
