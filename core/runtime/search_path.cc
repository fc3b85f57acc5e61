#include "core/runtime/search_path.h"

#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/text.h"

namespace consort::runtime {

namespace fs = std::filesystem;

SearchInputs search_inputs(std::vector<std::string> plugin_dirs) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  SearchInputs inputs;
  inputs.plugin_dirs = std::move(plugin_dirs);
  inputs.environment_path = variable("CONSORT_RUNTIME_PATH");
  inputs.data_home = variable("XDG_DATA_HOME");
  if (const std::string home = variable("HOME"); inputs.data_home.empty() && !home.empty()) {
    inputs.data_home = home + "/.local/share";
  }
  inputs.privileged = ::geteuid() == 0 || ::getauxval(AT_SECURE) != 0;
  std::error_code ignored;
  inputs.executable = fs::read_symlink("/proc/self/exe", ignored);
  return inputs;
}

std::vector<fs::path> search_path(const SearchInputs& inputs) {
  std::vector<fs::path> folders;
  const auto add = [&folders](const fs::path& path) {
    if (!path.is_absolute()) return;
    fs::path folder = path.lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();  // "/a/b/" is "/a/b"
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) {
      folders.push_back(std::move(folder));
    }
  };
  for (const std::string& folder : inputs.plugin_dirs) add(folder);
  if (!inputs.privileged) {
    for (const std::string& folder : base::split(inputs.environment_path, ':')) add(folder);
    if (!inputs.data_home.empty()) add(fs::path(inputs.data_home) / "consort/runtimes");
  }
  std::vector<fs::path> prefixes{"/usr/local", "/usr"};
  if (inputs.executable.is_absolute()) {
    prefixes.insert(prefixes.begin(), inputs.executable.parent_path().parent_path());
  }
  for (const fs::path& prefix : prefixes) {
    for (const char* lib : {"lib", CONSORT_LIBDIR}) add(prefix / lib / "consort/runtimes");
  }
  return folders;
}

}  // namespace consort::runtime
