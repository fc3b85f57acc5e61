#include "core/cli/tar_library.h"

#include <boost/dll/shared_library.hpp>
#include <filesystem>
#include <string>

namespace consort::cli {

namespace fs = std::filesystem;

base::Result<const TarFunctions*> load_tar() {
  static boost::dll::shared_library library;
  std::error_code ignored;
  const fs::path executable = fs::read_symlink("/proc/self/exe", ignored);
  std::string sought;
  for (const char* lib : {"lib", CONSORT_LIBDIR}) {
    const fs::path path =
        executable.parent_path().parent_path() / lib / "consort" / "consort-tar.so";
    boost::system::error_code failed;
    library.load(path.string(), failed);
    if (!failed && library.has("consort_tar")) {
      const auto& functions = library.get<const TarFunctions>("consort_tar");
      if (functions.version == CONSORT_VERSION) return &functions;
    }
    sought += (sought.empty() ? "" : ", ") + path.string();
  }
  return base::Error(base::ErrorKind::not_found,
                     "cannot copy: the library that packs files, " + sought +
                         ", is not there or not of version " CONSORT_VERSION ": install it again");
}

}  // namespace consort::cli
