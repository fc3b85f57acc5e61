#include "core/base/private_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "core/base/file.h"

namespace consort::base {

Result<void> check_private_directory(const std::filesystem::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return system_error("use directory", path, errno);
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorKind::denied, "cannot use directory " + path.string() + ": " + why);
  };
  if (S_ISLNK(info.st_mode)) return refuse("it is a symbolic link");
  if (!S_ISDIR(info.st_mode)) return refuse("it is not a directory");
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return refuse("it belongs to another user (uid " + std::to_string(info.st_uid) + ")");
  }
  if ((info.st_mode & 022) != 0) return refuse("others may write to it (chmod go-w)");
  return {};
}

}  // namespace consort::base
