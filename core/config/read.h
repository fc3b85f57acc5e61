#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/diagnostic.h"
#include "core/config/node.h"
#include "core/model/duration.h"

namespace consort::config {

// Typed values from nodes. Each returns nullopt after an error that names the path, what stood
// there and what is accepted. A number or a boolean where a text is expected is its own text.

std::optional<std::string> read_text(const Node& node, const Path& path, Diagnostics& out);

// true and false, quoted or not; y yes on n no off too, with a warning (YAML 1.1).
std::optional<bool> read_bool(const Node& node, const Path& path, Diagnostics& out);

// A whole number from `low` to `high`. `accepted` describes them: "0, 1, 2, ...".
std::optional<std::int64_t> read_integer(const Node& node, const Path& path, Diagnostics& out,
                                         std::int64_t low, std::int64_t high,
                                         std::string_view accepted);

// A duration that is not negative.
std::optional<model::Duration> read_duration(const Node& node, const Path& path, Diagnostics& out);

// A list of texts; with `one_is_a_list` a single text is a list of one.
std::optional<std::vector<std::string>> read_texts(const Node& node, const Path& path,
                                                   Diagnostics& out, bool one_is_a_list = false);

// An error unless `node` is a map.
bool expect_map(const Node& node, const Path& path, Diagnostics& out);

// "cannot read PATH: X is not WHAT (accepted: ACCEPTED)" at the node.
void wrong_value(const Node& node, const Path& path, std::string_view what,
                 std::string_view accepted, Diagnostics& out);

// The same of a word that is none of `known`, with the one that was probably meant.
void wrong_word(const Node& node, const Path& path, std::string_view what,
                std::string_view accepted, std::span<const std::string_view> known,
                Diagnostics& out);

// "cannot read PATH: unknown key X (did you mean ...)" at the key.
void unknown_key(const Entry& entry, const Path& path, std::span<const std::string_view> known,
                 Diagnostics& out);

// Reports every key of the map that is not in `known`; keys that start with x- are free.
void check_keys(const Node& map, const Path& path, std::span<const std::string_view> known,
                Diagnostics& out);

// " (did you mean "X"?)", or nothing.
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

inline bool is_extension(std::string_view key) { return key.starts_with("x-"); }

// A whole number as text in full: no blanks, no other characters. Also for parts of a text.
std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace consort::config
