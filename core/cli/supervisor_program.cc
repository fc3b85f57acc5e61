#include "core/cli/supervisor_program.h"

#include <unistd.h>

#include "core/base/file.h"

namespace consort::cli {

namespace fs = std::filesystem;

base::Result<fs::path> supervisor_program() {
  std::error_code failed;
  const fs::path own = fs::read_symlink("/proc/self/exe", failed);
  if (failed) {
    return base::system_error("find", "this program (/proc/self/exe)", failed.value());
  }
  fs::path program = own.parent_path().parent_path() / "libexec/consort-supervisor";
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
