#include "core/record/peek.h"

#include <string>

#include <boost/json/parse.hpp>

#include "core/base/file.h"
#include "core/record/journal_file.h"

namespace consort::record {
namespace {

constexpr std::size_t file_limit = 1u << 30;

// Takes the last value of `key` in a file, "" where it was erased there. False if the file cannot
// be used.
bool scan(const std::filesystem::path& path, std::string_view kind, std::string_view key,
          std::string& value) {
  const auto text = base::read_file(path, file_limit);
  if (!text) return false;
  const ParsedHeader header = parse_header(*text, kind);
  if (header.state != Header::good) return false;
  replay(std::string_view(*text).substr(header.size), [&](const Change& change) {
    if (change.key == key) value = change.put ? change.json : "";
  });
  return true;
}

}  // namespace

std::optional<boost::json::value> peek(const std::filesystem::path& directory,
                                       std::string_view key) {
  std::string value;
  if (!scan(directory / "snapshot", "snapshot", key, value)) {
    scan(directory / "snapshot.previous", "snapshot", key, value);
  }
  for (const char* name : {"journal.previous", "journal"}) {
    scan(directory / name, "journal", key, value);
  }
  boost::system::error_code failed;
  auto parsed = boost::json::parse(value, failed);
  if (failed) return std::nullopt;
  return parsed;
}

}  // namespace consort::record
