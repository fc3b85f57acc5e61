#include "plugins/process/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <consort/values.hpp>

namespace consort::process {
namespace {

[[noreturn]] void cannot(const char* what, const std::string& path) {
  throw Error(CONSORT_E_FAILED,
              std::string("cannot ") + what + " " + path + ": " + std::strerror(errno));
}

}  // namespace

void write_small_file(const std::string& path, std::string_view content) {
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  const Fd fd(::open(path.c_str(), flags, 0600));
  if (!fd) cannot("write", path);
  while (!content.empty()) {
    const ssize_t n = ::write(fd.get(), content.data(), content.size());
    if (n < 0 && errno != EINTR) cannot("write", path);
    if (n > 0) content.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string read_small_file(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) cannot("read", path);
  std::string content;
  char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno != EINTR) cannot("read", path);
    if (n == 0) return content;
    if (n > 0) content.append(buffer, static_cast<std::size_t>(n));
  }
}

void make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return;
  if (errno == ENOENT) {
    make_private_directory(std::filesystem::path(path).parent_path());
    if (::mkdir(path.c_str(), 0700) == 0) return;
  }
  struct stat info {};
  if (errno != EEXIST || ::lstat(path.c_str(), &info) != 0) cannot("create directory", path);
  if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid()) {
    errno = EPERM;
    cannot("use directory", path);
  }
}

}  // namespace consort::process
