#include "core/record/segments.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>

namespace consort::record {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint32_t> segment_number(const std::string& name) {
  if (name.size() != 12 || !name.ends_with(".log")) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + 8, number);
  if (error != std::errc() || end != name.data() + 8) return std::nullopt;
  return number;
}

}  // namespace

fs::path log_directory(const fs::path& instance) { return instance / "log"; }

fs::path segment_path(const fs::path& log, std::uint32_t number) {
  char name[16];
  std::snprintf(name, sizeof name, "%08u.log", number);
  return log / name;
}

std::vector<std::uint32_t> list_segments(const fs::path& log) {
  std::vector<std::uint32_t> numbers;
  std::error_code error;
  for (fs::directory_iterator entry(log, error), end; !error && entry != end;
       entry.increment(error)) {
    if (const auto number = segment_number(entry->path().filename().string())) {
      numbers.push_back(*number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::optional<std::uint32_t> next_segment(const fs::path& log, std::uint32_t number, bool holes) {
  if (::access(segment_path(log, number + 1).c_str(), F_OK) == 0) return number + 1;
  // Usually there is none; only where the present one was removed too has the writer gone ahead.
  if (!holes && ::access(segment_path(log, number).c_str(), F_OK) == 0) return std::nullopt;
  const auto numbers = list_segments(log);
  const auto next = std::upper_bound(numbers.begin(), numbers.end(), number);
  if (next == numbers.end()) return std::nullopt;
  return *next;
}

LogPosition log_begin(const fs::path& log) {
  const auto numbers = list_segments(log);
  return {numbers.empty() ? 0 : numbers.front(), 0};
}

LogPosition log_end(const fs::path& log) {
  const auto numbers = list_segments(log);
  if (numbers.empty()) return {};
  struct stat info {};
  if (::stat(segment_path(log, numbers.back()).c_str(), &info) != 0) info.st_size = 0;
  return {numbers.back(), static_cast<std::uint64_t>(info.st_size)};
}

}  // namespace consort::record
