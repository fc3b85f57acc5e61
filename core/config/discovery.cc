#include "core/config/discovery.h"

#include <span>

namespace consort::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view own[] = {"consort.yaml", "consort.yml"};
constexpr std::string_view compose[] = {"compose.yaml", "compose.yml", "docker-compose.yml",
                                        "docker-compose.yaml"};
constexpr std::string_view own_overrides[] = {"consort.override.yaml", "consort.override.yml"};
constexpr std::string_view compose_overrides[] = {"compose.override.yml", "compose.override.yaml",
                                                  "docker-compose.override.yml",
                                                  "docker-compose.override.yaml"};

bool is_file(const fs::path& path) {
  std::error_code ignored;
  const auto type = fs::status(path, ignored).type();
  return fs::exists(fs::file_status(type)) && type != fs::file_type::directory;
}

std::vector<fs::path> present(const fs::path& directory, std::span<const std::string_view> names) {
  std::vector<fs::path> found;
  for (const auto name : names) {
    if (fs::path path = directory / name; is_file(path)) found.push_back(std::move(path));
  }
  return found;
}

void take_first(const std::vector<fs::path>& found, Discovered& result) {
  if (found.empty()) return;
  result.files.push_back(found[0]);
  for (std::size_t i = 1; i < found.size(); ++i) {
    result.notes.push_back(found[i].filename().string() + " is not read: " +
                           found[0].filename().string() + " is there too and comes first");
  }
}

}  // namespace

base::Result<Discovered> discover_files(const fs::path& start) {
  for (fs::path directory = start;; directory = directory.parent_path()) {
    auto found = present(directory, own);
    const bool is_own = !found.empty();
    if (!is_own) found = present(directory, compose);
    if (!found.empty()) {
      Discovered result;
      take_first(found, result);
      if (!is_own) take_first(present(directory, compose_overrides), result);
      take_first(present(directory, own_overrides), result);
      return result;
    }
    if (directory == directory.parent_path()) break;
  }
  return base::Error(base::ErrorKind::not_found,
                     "cannot find a configuration file in " + start.string() +
                         " or a folder above it (sought: consort.yaml, consort.yml, compose.yaml, "
                         "compose.yml, docker-compose.yml, docker-compose.yaml; or name one with "
                         "-f)");
}

}  // namespace consort::config
