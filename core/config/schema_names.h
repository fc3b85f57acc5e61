#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace consort::config {

// A name in a map that the map's schema does not know.
struct UnknownName {
  std::vector<std::string> keys;        // the way to it from the root, the name last; "0": an item
  std::vector<std::string_view> known;  // lives as long as the schema
};

// Those below the root: of maps with an `enum` of `propertyNames`, or with
// `"additionalProperties": false`. What the root may have is not for the schema alone to say.
std::vector<UnknownName> unknown_names(const boost::json::value& value,
                                       const boost::json::object& schema);

// The schema of what stands at `key` of a map or a list; nullptr: there is none.
const boost::json::object* schema_below(const boost::json::object& schema, std::string_view key,
                                        bool item);

}  // namespace consort::config
