#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace consort::base {

// The candidate nearest to `word` by edits (insert, delete, replace, swap), or empty if none is
// near enough to be a likely typo (at most a third of the word, at least one). Words of more than
// 64 characters and candidates behind the 10,000th are nobody's typo.
std::string nearest(std::string_view word, std::span<const std::string_view> candidates);

std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);

// The text with all that a terminal would obey or hide made visible: control characters ("\x1b[2J"
// becomes "^[[2J"), also those of eight bits and of UTF-8, and what turns the direction of writing
// ("<U+202E>"). The characters in `kept` stay as they are.
std::string visible(std::string_view text, std::string_view kept = "\t\n");

// `size` random bytes of the kernel's generator, as lowercase hex (2 * size characters).
std::string random_hex(std::size_t size);

}  // namespace consort::base
