#include "core/config/merge_lists.h"

#include <string>
#include <unordered_map>
#include <unordered_set>

namespace consort::config {
namespace {

// "" where it is not there.
std::string member(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry ? entry->value.text : std::string();
}

std::string port_key(const Node& item) {
  if (!item.is_map()) return item.text;
  std::string ip = member(item, "host_ip");
  if (ip.empty()) ip = "0.0.0.0";
  std::string protocol = member(item, "protocol");
  if (protocol.empty()) protocol = "tcp";
  return ip + ':' + member(item, "published") + ':' + member(item, "target") + '/' + protocol;
}

// The path in the service: `target`, or the second field of SRC:TARGET[:opts], or the only one.
std::string target_key(const Node& item) {
  if (item.is_map()) return member(item, "target");
  const auto colon = item.text.find(':');
  if (colon == std::string::npos) return item.text;
  return item.text.substr(colon + 1, item.text.find(':', colon + 1) - colon - 1);
}

std::string file_key(const Node& item, std::string_view directory) {
  if (item.is_map()) {
    if (std::string target = member(item, "target"); !target.empty()) return target;
  }
  return std::string(directory) + '/' + (item.is_map() ? member(item, "source") : item.text);
}

void to_list(Node& node) {
  if (!node.is_scalar()) return;
  Node list;
  list.kind = Kind::sequence;
  list.where = node.where;
  list.items.push_back(std::move(node));
  node = std::move(list);
}

}  // namespace

std::string item_key(const Node& item, ItemKey key) {
  switch (key) {
    case ItemKey::none:
      break;
    case ItemKey::name:
      return item.text.substr(0, item.text.find('='));
    case ItemKey::value:
      return item.text;
    case ItemKey::target:
      return target_key(item);
    case ItemKey::secret:
      return file_key(item, "/run/secrets");
    case ItemKey::config:
      return file_key(item, "");
    case ItemKey::port:
      return port_key(item);
    case ItemKey::path:
      return item.is_map() ? member(item, "path") : item.text;
  }
  return {};
}

void keep_last_of_each(Node& list, ItemKey key) {
  if (list.items.size() < 2) return;
  std::unordered_map<std::string, std::size_t> places;
  std::vector<Node> kept;
  kept.reserve(list.items.size());
  for (auto& item : list.items) {
    const auto [place, added] = places.try_emplace(item_key(item, key), kept.size());
    if (added) {
      kept.push_back(std::move(item));
    } else {
      kept[place->second] = std::move(item);
    }
  }
  list.items = std::move(kept);
}

void merge_hosts(Node& hosts, Node&& over) {
  for (auto& entry : over.entries) {
    Entry* under = hosts.find(entry.key);
    if (!under) {
      hosts.entries.push_back(std::move(entry));
      continue;
    }
    to_list(under->value);
    to_list(entry.value);
    auto& items = under->value.items;
    std::unordered_set<std::string> own;
    for (const auto& address : items) own.insert(address.text);
    for (auto& address : entry.value.items) {
      if (!own.contains(address.text)) items.push_back(std::move(address));
    }
  }
}

void merge_subnets(Node& list, Node&& over) {
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    places.try_emplace(member(list.items[i], "subnet"), i);
  }
  for (auto& item : over.items) {
    const auto [place, added] = places.try_emplace(member(item, "subnet"), list.items.size());
    if (added) {
      list.items.push_back(std::move(item));
      continue;
    }
    Node& same = list.items[place->second];
    for (auto& entry : item.entries) {
      if (Entry* under = same.find(entry.key)) {
        *under = std::move(entry);
      } else {
        same.entries.push_back(std::move(entry));
      }
    }
  }
}

}  // namespace consort::config
