#include "core/cli/supervisor_program.h"

#include <unistd.h>

#include "core/base/paths.h"

namespace consort::cli {

namespace fs = std::filesystem;

base::Result<fs::path> supervisor_program() {
  const auto prefix = base::own_prefix();
  if (!prefix) return prefix.error();
  fs::path program = *prefix / "libexec/consort-supervisor";
  if (::access(program.c_str(), X_OK) != 0) {
    return base::Error(base::ErrorKind::not_found,
                       "this installation of consort is incomplete: there is no " +
                           program.string() + " that may be run");
  }
  return program;
}

std::vector<std::string> supervisor_words(const std::string& project,
                                          const std::vector<std::string>& plugin_dirs,
                                          int ready_fd) {
  std::vector<std::string> words{"consort-supervisor", "--project", project};
  if (ready_fd >= 0) words.insert(words.end(), {"--ready-fd", std::to_string(ready_fd)});
  for (const std::string& dir : plugin_dirs) {
    words.insert(words.end(), {"--plugin-dir", fs::absolute(dir).string()});
  }
  return words;
}

}  // namespace consort::cli
