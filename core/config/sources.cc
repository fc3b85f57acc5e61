#include "core/config/sources.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"
#include "core/config/discovery.h"
#include "core/config/dotenv_files.h"

namespace consort::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view standard_input = "-";

class Finder {
 public:
  Finder(const LoadOptions& options, FileNames& names, Diagnostics& out)
      : options_(options), names_(names), out_(out) {
    for (const auto& [name, value] : options.environment) {
      sources_.variables.add(name, {value, {}});
    }
  }

  std::optional<Sources> run() {
    const std::vector<fs::path> named = named_env_files();
    const bool defaults = named.empty() && !switched_off();
    const fs::path first_directory = env_directory();
    if (!named.empty()) read_env_files(named, base::Readable::streams);
    if (defaults) read_default_env_file(first_directory);
    if (!choose_files()) return std::nullopt;
    choose_directory();
    if (defaults && sources_.directory != first_directory) {
      read_default_env_file(sources_.directory);
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
    return sources_.variables.value(name).value_or("");
  }

  // --env-file, or COMPOSE_ENV_FILES of the environment.
  std::vector<fs::path> named_env_files() const {
    std::vector<fs::path> files;
    for (const auto& file : options_.env_files) files.push_back(absolute(file));
    if (!files.empty()) return files;
    for (const auto& name : base::split(variable("COMPOSE_ENV_FILES"), ',')) {
      if (!name.empty()) files.push_back(absolute(name));
    }
    return files;
  }

  // COMPOSE_DISABLE_ENV_FILE, a boolean as Go's strconv reads it.
  bool switched_off() {
    static constexpr std::array<std::string_view, 6> yes = {"1", "t", "T", "TRUE", "true", "True"};
    static constexpr std::array<std::string_view, 7> no = {"",      "0",     "f",    "F",
                                                           "FALSE", "false", "False"};
    const std::string off = variable("COMPOSE_DISABLE_ENV_FILE");
    if (std::find(yes.begin(), yes.end(), off) != yes.end()) return true;
    if (std::find(no.begin(), no.end(), off) == no.end()) {
      out_.add({}, Severity::error,
               "cannot read COMPOSE_DISABLE_ENV_FILE: " + quote(off) +
                   " is not a boolean (accepted: 1, true, 0, false)");
    }
    return false;
  }

  fs::path env_directory() const {
    if (options_.project_directory) return absolute(*options_.project_directory);
    for (const auto& file : options_.files) {
      if (file != standard_input) return absolute(file).parent_path();
    }
    return options_.cwd.lexically_normal();
  }

  void read_default_env_file(const fs::path& directory) {
    std::error_code ignored;
    const fs::path file = directory / ".env";
    if (fs::exists(file, ignored) && !fs::is_directory(file, ignored)) {
      read_env_files({file}, base::Readable::files);
    }
  }

  void read_env_files(const std::vector<fs::path>& files, base::Readable readable) {
    add_env_files(files, {options_.cwd, options_.limits.bytes, names_, out_, readable},
                  sources_.variables);
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
        sources_.files.push_back({file == standard_input ? file : absolute(file), file.string(),
                                  base::Readable::streams});
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
      std::string shown = shown_path(file, options_.cwd);
      sources_.files.push_back({std::move(file), std::move(shown)});
    }
    for (auto& note : found->notes) out_.add({}, Severity::warning, std::move(note));
    return true;
  }

  void choose_directory() {
    if (options_.project_directory) {
      sources_.directory = absolute(*options_.project_directory);
      return;
    }
    const auto first = std::find_if(sources_.files.begin(), sources_.files.end(),
                                    [](const auto& f) { return f.path != standard_input; });
    sources_.directory =
        first == sources_.files.end() ? options_.cwd.lexically_normal() : first->path.parent_path();
  }

  const LoadOptions& options_;
  FileNames& names_;
  Diagnostics& out_;
  Sources sources_;
};

}  // namespace

std::optional<Sources> find_sources(const LoadOptions& options, FileNames& names,
                                    Diagnostics& out) {
  return Finder(options, names, out).run();
}

}  // namespace consort::config
