#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "core/record/log_line.h"
#include "core/record/segments.h"

// Logs as a runtime would leave them.
namespace consort::test {

inline std::string record_at(long second, std::string_view text, bool partial = false,
                             record::Stream stream = record::Stream::out) {
  std::string line;
  record::append_log_line(line,
                          {base::WallTime(std::chrono::seconds(second)), stream, partial, text});
  return line;
}

inline void append(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

// Appends to segment `number` of an instance's log, making what is missing.
inline void append_segment(const std::filesystem::path& instance, std::uint32_t number,
                           std::string_view text) {
  std::filesystem::create_directories(record::log_directory(instance));
  append(record::segment_path(record::log_directory(instance), number), text);
}

}  // namespace consort::test
