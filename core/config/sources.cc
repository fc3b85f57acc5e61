#include "core/config/sources.h"

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/config/discovery.h"
#include "core/config/dotenv.h"

namespace consort::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view standard_input = "-";

class Finder {
 public:
  Finder(const LoadOptions& options, Diagnostics& out) : options_(options), out_(out) {
    sources_.variables.insert(options.environment.begin(), options.environment.end());
  }

  std::optional<Sources> run() {
    const bool defaults = read_named_env_files();
    const fs::path first_directory = env_directory();
    if (defaults) read_env_file(first_directory / ".env", true);
    if (!choose_files()) return std::nullopt;
    choose_directory();
    if (defaults && sources_.directory != first_directory) {
      read_env_file(sources_.directory / ".env", true);
    }
    if (out_.failed()) return std::nullopt;
    return std::move(sources_);
  }

 private:
  fs::path absolute(const fs::path& path) const {
    fs::path whole = (options_.cwd / path).lexically_normal();
    if (!whole.has_filename() && whole.has_relative_path()) whole = whole.parent_path();
    return whole;
  }

  std::string variable(std::string_view name) const {
    const auto found = sources_.variables.find(name);
    return found == sources_.variables.end() ? std::string() : found->second;
  }

  // --env-file, or COMPOSE_ENV_FILES of the environment. True: neither is there and the .env files
  // are to be read.
  bool read_named_env_files() {
    std::vector<fs::path> files = options_.env_files;
    if (files.empty()) {
      for (auto& name : base::split(variable("COMPOSE_ENV_FILES"), ',')) {
        if (!name.empty()) files.emplace_back(std::move(name));
      }
    }
    if (files.empty()) {
      const std::string off = variable("COMPOSE_DISABLE_ENV_FILE");
      return off.empty() || off == "0" || off == "false";
    }
    // The last file wins: an earlier one adds what is not there yet.
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
      read_env_file(absolute(*file), false);
    }
    return false;
  }

  fs::path env_directory() const {
    if (options_.project_directory) return absolute(*options_.project_directory);
    if (!options_.files.empty() && options_.files[0] != standard_input) {
      return absolute(options_.files[0]).parent_path();
    }
    return options_.cwd.lexically_normal();
  }

  // Adds what no earlier source sets.
  void read_env_file(const fs::path& path, bool optional) {
    std::error_code ignored;
    if (optional && !fs::is_regular_file(path, ignored)) return;
    const std::string shown = shown_path(path, options_.cwd);
    const auto text = base::read_file(path, options_.limits.bytes);
    if (!text) {
      out_.add({}, Severity::error, text.error().message());
      return;
    }
    const Lookup lookup = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = sources_.variables.find(name);
      return found == sources_.variables.end() ? std::nullopt : std::optional(found->second);
    };
    Variables lines;
    for (auto& line : parse_dotenv(*text, shown, lookup, out_)) {
      if (line.value) lines.insert_or_assign(line.name, std::move(*line.value));
    }
    sources_.variables.merge(lines);
  }

  bool choose_files() {
    std::vector<fs::path> files = options_.files;
    if (files.empty()) {
      const std::string separator = variable("COMPOSE_PATH_SEPARATOR");
      for (auto& name :
           base::split(variable("COMPOSE_FILE"), separator.empty() ? ':' : separator[0])) {
        if (!name.empty()) files.emplace_back(std::move(name));
      }
    }
    if (!files.empty()) {
      for (const auto& file : files) {
        sources_.files.push_back(file == standard_input ? file : absolute(file));
        sources_.shown.push_back(file.string());
      }
      return true;
    }
    auto found = discover_files(
        absolute(options_.project_directory ? *options_.project_directory : options_.cwd));
    if (!found) {
      out_.add({}, Severity::error, found.error().message());
      return false;
    }
    for (auto& file : found->files) {
      sources_.shown.push_back(shown_path(file, options_.cwd));
      sources_.files.push_back(std::move(file));
    }
    for (auto& note : found->notes) out_.add({}, Severity::warning, std::move(note));
    return true;
  }

  void choose_directory() {
    if (options_.project_directory) {
      sources_.directory = absolute(*options_.project_directory);
    } else if (sources_.files[0] == standard_input) {
      sources_.directory = options_.cwd.lexically_normal();
    } else {
      sources_.directory = sources_.files[0].parent_path();
    }
  }

  const LoadOptions& options_;
  Diagnostics& out_;
  Sources sources_;
};

}  // namespace

std::string shown_path(const fs::path& path, const fs::path& cwd) {
  const fs::path relative = path.lexically_relative(cwd);
  if (relative.empty() || *relative.begin() == "..") return path.string();
  return relative.string();
}

std::optional<Sources> find_sources(const LoadOptions& options, Diagnostics& out) {
  return Finder(options, out).run();
}

}  // namespace consort::config
