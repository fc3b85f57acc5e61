#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/config/node.h"

namespace consort::config {

// Makes the relative paths of a canonical document absolute: they start at `directory`. Idempotent.
// A path that starts with "~" counts as absolute; so does a URL where a context may be one.
// Source: compose-go, paths/resolve.go.
void resolve_paths(Node& document, const std::filesystem::path& directory);

// Replaces the "~" that those paths start with.
void expand_home(Node& document, const std::string& home);

// Without "." and "..", double and trailing slashes, by the text alone; "" is ".".
std::string clean_path(std::string_view path);

}  // namespace consort::config
