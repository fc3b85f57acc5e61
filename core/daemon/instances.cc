#include "core/daemon/instances.h"

#include <sys/stat.h>

#include <cerrno>

#include "core/base/file.h"

namespace consort::daemon {

base::Result<std::string> Directories::create(const std::string& instance) {
  if (!made_) {
    if (auto made = base::ensure_private_directory(root_); !made) return made.error();
    made_ = true;
  }
  const std::filesystem::path directory = path(instance);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::system_error("create directory", directory, errno);
  }
  return directory.string();
}

void Directories::remove(const std::string& instance) {
  if (instance.empty()) return;
  std::error_code ignored;  // what stays is removed with the project
  std::filesystem::remove_all(path(instance), ignored);
}

}  // namespace consort::daemon
