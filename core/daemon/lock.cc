#include "core/daemon/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace consort::daemon {
namespace {

using base::Error;
using base::ErrorKind;
using base::Fd;
using base::Result;

// Does the path still mean the file that was locked? A holder that takes the project down removes
// it.
bool same_file(int fd, const std::filesystem::path& path) {
  struct stat mine {};
  struct stat there {};
  return ::fstat(fd, &mine) == 0 && ::stat(path.c_str(), &there) == 0 &&
         mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

Error held(int fd, std::string_view project) {
  char text[32] = {};
  const ssize_t n = ::pread(fd, text, sizeof text - 1, 0);
  std::string message = "a supervisor of project " + std::string(project) + " runs already";
  const std::string pid(text, n > 0 ? std::string_view(text).find_first_not_of("0123456789") : 0);
  if (!pid.empty()) message += " (pid " + pid + ")";
  return Error(ErrorKind::conflict, message);
}

}  // namespace

Result<ProjectLock> ProjectLock::take(const std::filesystem::path& path, std::string_view project) {
  const auto directory = path.parent_path();
  for (;;) {
    for (const auto& own : {directory.parent_path(), directory}) {
      if (auto made = base::ensure_private_directory(own); !made) return made.error();
    }
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd && errno == ENOENT) continue;  // its directory was just removed
    if (!fd) return base::system_error("open lock", path, errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno == EWOULDBLOCK) return held(fd.get(), project);
      return base::system_error("lock", path, errno);
    }
    if (!same_file(fd.get(), path)) continue;
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0) {
      return base::system_error("write lock", path, errno);
    }
    return ProjectLock(std::move(fd));
  }
}

bool ProjectLock::holds(const std::filesystem::path& path) const {
  return fd_ && same_file(fd_.get(), path);
}

}  // namespace consort::daemon
