#pragma once

#include <string>

#include "core/config/merge_rules.h"
#include "core/config/node.h"

namespace consort::config {

// What tells an item from the others of its list; the same for all items where there is no key.
std::string item_key(const Node& item, ItemKey key);

// Of the items that have the same key the last stays, in the place of the first.
void keep_last_of_each(Node& list, ItemKey key);

// Adds to a map of hosts and their addresses what it does not have yet.
void merge_hosts(Node& hosts, Node&& over);

// The `config` list of an ipam: maps with the same subnet are merged, the others are added.
void merge_subnets(Node& list, Node&& over);

}  // namespace consort::config
