#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include <boost/json/value.hpp>

namespace consort::record {

// The value of a key in a store that may have another owner, or none: only read, never repaired.
// None where there is no such key, or nothing that can be read.
std::optional<boost::json::value> peek(const std::filesystem::path& directory,
                                       std::string_view key);

}  // namespace consort::record
