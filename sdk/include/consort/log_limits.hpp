// SPDX-License-Identifier: Apache-2.0
// Compose's `logging.options` of the json-file driver: `max-size` and `max-file`.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace consort {

// How much output of an instance is kept.
struct LogLimits {
  std::uint64_t max_bytes = 0;  // of one file; 0: no limit
  std::uint32_t max_files = 0;  // 0: no limit
};

// The bytes that `max-size` means: "10m", "1.5 GiB", each unit a power of 1024; 0 for "-1", which
// is no limit. None if it is no size.
inline std::optional<std::uint64_t> parse_log_size(std::string_view text) {
  if (text == "-1") return 0;
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789."));
  double size = 0;
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), size, std::chars_format::fixed);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  std::string_view unit = text.substr(digits.size());
  // Drops the first letter if it is one of these, and tells which.
  const auto take = [&unit](std::string_view letters) {
    const auto which = unit.empty() ? std::string_view::npos : letters.find(unit.front());
    if (which != std::string_view::npos) unit.remove_prefix(1);
    return which;
  };
  take(" ");
  if (const auto power = take("kmgtpKMGTP"); power != std::string_view::npos) {
    for (std::size_t i = 0; i <= power % 5; ++i) size *= 1024;
    take("iI");
  }
  take("bB");
  if (!unit.empty() || size >= 0x1p63) return std::nullopt;
  return static_cast<std::uint64_t>(size);
}

// The files that `max-file` means. None if it is no number.
inline std::optional<std::uint32_t> parse_log_count(std::string_view text) {
  std::uint32_t count = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return count;
}

// What the options say, over what `limits` has: an empty text says nothing. refuse(OPTION, WHY) is
// called for one that cannot be read.
template <class Refuse>
void read_log_options(std::string_view max_size, std::string_view max_file, LogLimits& limits,
                      Refuse&& refuse) {
  if (const auto bytes = parse_log_size(max_size)) {
    limits.max_bytes = *bytes;
  } else if (!max_size.empty()) {
    refuse("max-size", "cannot read size \"" + std::string(max_size) + "\" (accepted: 10m, 1g)");
  }
  if (const auto files = parse_log_count(max_file)) {
    limits.max_files = *files;
  } else if (!max_file.empty()) {
    refuse("max-file", "cannot read number \"" + std::string(max_file) + "\"");
  }
}

}  // namespace consort
