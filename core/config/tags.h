#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/node.h"

namespace consort::config {

// A key of which a document says !reset or !override: whatever earlier documents, or an extended
// service, have there is not kept.
struct TaggedKey {
  std::vector<std::string> path;  // from the root
  Mark where;
  Tag tag = Tag::none;
};
using TaggedKeys = std::vector<TaggedKey>;  // by path

// Takes the tags out of a document: what is !reset goes, what is !override stays as a plain value.
// In a list only the item itself goes. Keys must have their final names (see own_keys.h).
// Source: compose-go, loader/reset.go.
TaggedKeys take_tags(Node& document);

// Removes the tagged keys from `base`.
void drop_tagged(Node& base, const TaggedKeys& keys);

// Removes from `base` what is tagged below services.NAME.
void drop_tagged_of_service(Node& base, std::string_view name, const TaggedKeys& keys);

}  // namespace consort::config
