#include "core/cli/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <string>

#include "core/base/file.h"

namespace consort::cli {

namespace fs = std::filesystem;

base::Result<TemporaryFolder> TemporaryFolder::make() {
  std::error_code failed;
  const fs::path parent = fs::temp_directory_path(failed);
  std::string name = (parent / "consort-XXXXXX").string();
  if (failed || ::mkdtemp(name.data()) == nullptr) {
    return base::system_error("make a folder in", parent, failed ? failed.value() : errno);
  }
  return TemporaryFolder(name);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace consort::cli
