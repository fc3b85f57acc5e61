#include "core/cli/byte_text.h"

#include <cstdio>
#include <span>

namespace consort::cli {
namespace {

// With so many significant digits, in the largest of the units that is not larger than it; each
// unit is `step` of the one before.
std::string scaled(std::int64_t bytes, double step, std::span<const char* const> units,
                   int digits) {
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= step && unit + 1 < units.size()) {
    value /= step;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.*g%s", digits, value, units[unit]);
  return text;
}

}  // namespace

std::string human_size(std::int64_t bytes) {
  static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  return scaled(bytes, 1000, units, 3);
}

std::string human_bytes(std::int64_t bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  return scaled(bytes, 1024, units, 4);
}

}  // namespace consort::cli
