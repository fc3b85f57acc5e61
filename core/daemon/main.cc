// consort-supervisor: a project's supervisor as a program of its own, so that it maps none of what
// only the command needs. Started by `consort`, see core/cli/supervisor_program.h:
//   consort-supervisor --project NAME [--ready-fd FD] [--plugin-dir DIR]...
#include <fcntl.h>

#include <charconv>
#include <cstdio>
#include <string_view>

#include "core/config/project_name.h"
#include "core/daemon/daemon.h"

namespace consort::daemon {
namespace {

int refuse(std::string_view why) {
  std::fprintf(stderr,
               "consort-supervisor: %.*s; it is started by consort (consort supervisor run)\n",
               static_cast<int>(why.size()), why.data());
  return 2;
}

bool read_descriptor(std::string_view text, int& fd) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, fd);
  return error == std::errc() && at == end && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

int run_by_words(int count, char** words) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = words[i];
    if (i + 1 == count) return refuse("an option needs a value");
    const std::string_view value = words[i + 1];
    if (name == "--project") {
      options.project = value;
    } else if (name == "--plugin-dir") {
      options.plugin_dirs.emplace_back(value);
    } else if (name == "--ready-fd") {
      if (!read_descriptor(value, options.ready_fd)) return refuse("--ready-fd needs an open one");
    } else {
      return refuse("an option is not known");
    }
  }
  if (!config::is_project_name(options.project)) return refuse("--project needs a project's name");
  options.paths = base::project_paths(base::roots_from_environment(), options.project);
  return run(options);
}

}  // namespace
}  // namespace consort::daemon

int main(int argc, char** argv) { return consort::daemon::run_by_words(argc, argv); }
