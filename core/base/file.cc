#include "core/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/base/private_directory.h"

namespace consort::base {
namespace {

Error no_regular_file(const std::filesystem::path& path) {
  return Error(ErrorKind::invalid,
               "cannot read " + path.string() + ": it is not a regular file (a pipe or a device)");
}

Result<std::string> read_open(int fd, const std::filesystem::path& path, std::size_t limit,
                              off_t expected) {
  std::string content;
  if (expected > 0) content.reserve(std::min(static_cast<std::size_t>(expected), limit) + 1);
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("read", path, errno);
    if (n == 0) return content;
    content.append(buffer, static_cast<std::size_t>(n));
    if (content.size() > limit) {
      return Error(ErrorKind::invalid, "cannot read " + path.string() + ": it is larger than " +
                                           std::to_string(limit >> 20) + " MiB");
    }
  }
}

bool is_null_device(const struct stat& info) {
  return S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3);
}

}  // namespace

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Error system_error(std::string_view what, const std::filesystem::path& path, int err) {
  const ErrorKind kind = (err == EACCES || err == EPERM)     ? ErrorKind::denied
                         : (err == ENOENT || err == ENOTDIR) ? ErrorKind::not_found
                                                             : ErrorKind::failed;
  return Error(kind, "cannot " + std::string(what) + " " + path.string() + ": " +
                         std::string(std::strerror(err)));
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit,
                              Readable readable) {
  // Without O_NONBLOCK the opening of a pipe waits for its writer.
  const int flags = readable == Readable::files ? O_NONBLOCK | O_NOCTTY : O_NOCTTY;
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
  // ENXIO: a socket, or a device that nothing is behind.
  if (!fd && errno == ENXIO) return no_regular_file(path);
  if (!fd) return system_error("read", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_error("read", path, errno);
  if (S_ISDIR(info.st_mode)) return system_error("read", path, EISDIR);
  if (readable == Readable::files && !S_ISREG(info.st_mode) && !is_null_device(info)) {
    return no_regular_file(path);
  }
  return read_open(fd.get(), path, limit, info.st_size);
}

Result<std::string> read_stream(int fd, const std::filesystem::path& name, std::size_t limit) {
  return read_open(fd, name, limit, 0);
}

Result<void> write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error(std::string("cannot write: ") + std::strerror(errno));
    data.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content,
                               int mode, bool durable) {
  const std::filesystem::path temporary = path.string() + ".new";
  Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) return system_error("write", temporary, errno);
  if (auto written = write_all(fd.get(), content); !written) {
    ::unlink(temporary.c_str());
    return written.error().wrap("cannot write " + temporary.string());
  }
  if (durable && ::fdatasync(fd.get()) != 0) return system_error("sync", temporary, errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return system_error("replace", path, errno);
  if (durable) {
    const Fd directory(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0) {
      return system_error("sync", path.parent_path(), errno);
    }
  }
  return {};
}

Result<void> ensure_private_directory(const std::filesystem::path& path) {
  auto checked = check_private_directory(path);
  if (checked || checked.error().kind() != ErrorKind::not_found) return checked;
  std::error_code ignored;
  if (path.has_parent_path() && !std::filesystem::exists(path.parent_path(), ignored)) {
    if (auto made = ensure_private_directory(path.parent_path()); !made) return made;
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    const Error failed = system_error("create directory", path, errno);
    // No name that somebody asked for is missing, there is no place to make it.
    if (failed.kind() == ErrorKind::denied) return failed;
    return Error(ErrorKind::unavailable, failed.message());
  }
  return check_private_directory(path);
}

}  // namespace consort::base
