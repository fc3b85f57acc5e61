#include "relay_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

namespace consort::shim {
namespace {

char umask_text[8] = "0022";

int write_all(int fd, const char* bytes, std::size_t length, std::uint64_t offset) {
  while (length > 0) {
    const ssize_t n = pwrite(fd, bytes, length, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : ENOSPC;
    bytes += n;
    offset += static_cast<std::uint64_t>(n);
    length -= static_cast<std::size_t>(n);
  }
  return 0;
}

// Removes what is in the folder `fd`, which it closes.
int empty_folder(int fd) {
  DIR* folder = fdopendir(fd);
  if (folder == nullptr) {
    const int error = errno;
    close(fd);
    return error;
  }
  int failed = 0;
  while (const dirent* entry = readdir(folder)) {
    const char* name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    if (unlinkat(fd, name, 0) == 0) continue;
    if (errno == EISDIR || errno == EPERM) {
      const int below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (below >= 0 && empty_folder(below) == 0 && unlinkat(fd, name, AT_REMOVEDIR) == 0) continue;
    }
    if (errno != ENOENT) failed = errno;
  }
  closedir(folder);
  return failed;
}

void part_name(const char* path, Buffer& part) { part.add(path).add(".part"); }

}  // namespace

void use_private_umask() {
  const mode_t before = umask(077);
  for (int i = 0; i < 4; ++i) {
    umask_text[i] = static_cast<char>('0' + (before >> (3 * (3 - i)) & 7));
  }
  umask_text[4] = 0;
}

const char* login_umask() { return umask_text; }

int open_root(Buffer& root) {
  const char* state = getenv("XDG_STATE_HOME");
  const char* home = getenv("HOME");
  if (state != nullptr && *state == '/') {
    root.add(state);
  } else if (home != nullptr && *home == '/') {
    root.add(home).add("/.local/state");
  } else {
    return ENOENT;
  }
  root.add("/consort/remote");
  if (const int error = make_folders(root.text()); error != 0) return error;
  struct stat info {};
  if (lstat(root.text(), &info) != 0) return errno;
  const bool is_private = S_ISDIR(info.st_mode) && info.st_uid == geteuid() &&
                          (info.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  return is_private ? 0 : EPERM;
}

bool below(const char* root, const char* path) {
  const std::size_t length = strlen(root);
  if (strncmp(path, root, length) != 0 || path[length] != '/') return false;
  for (const char* part = path + length; *part != 0;) {
    const char* end = strchrnul(part + 1, '/');
    const auto size = static_cast<std::size_t>(end - part - 1);
    if (size == 0 || strncmp(part + 1, "..", size) == 0) return false;
    part = end;
  }
  return true;
}

int make_folders(const char* path) {
  if (mkdir(path, 0700) == 0 || errno == EEXIST) return 0;
  if (errno != ENOENT) return errno;
  if (const int error = make_parents(path); error != 0) return error;
  return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : errno;
}

int make_parents(const char* path) {
  const char* slash = strrchr(path, '/');
  if (slash == nullptr || slash == path) return 0;
  Buffer parent;
  parent.add(path, static_cast<std::size_t>(slash - path));
  return make_folders(parent.text());
}

int write_file(const char* path, const char* bytes, std::size_t length) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return errno;
  const int error = write_all(fd, bytes, length, 0);
  close(fd);
  return error;
}

int put_part(const char* path, std::uint64_t offset, const char* bytes, std::size_t length) {
  if (const int error = make_parents(path); error != 0) return error;
  Buffer part;
  part_name(path, part);
  const int fresh = offset == 0 ? O_TRUNC : 0;
  const int fd = open(part.text(), O_WRONLY | O_CREAT | fresh | O_CLOEXEC | O_NOFOLLOW, 0700);
  if (fd < 0) return errno;
  const int error = write_all(fd, bytes, length, offset);
  close(fd);
  if (error != 0) unlink(part.text());
  return error;
}

int commit_parts(const char* path, std::uint64_t size) {
  Buffer part;
  part_name(path, part);
  if (const int error = have_file(part.text(), size); error != 0) return error;
  return rename(part.text(), path) == 0 ? 0 : errno;
}

int have_file(const char* path, std::uint64_t size) {
  struct stat info {};
  if (lstat(path, &info) != 0) return errno;
  return S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) == size ? 0 : ENOENT;
}

int remove_tree(const char* path) {
  const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? 0 : errno;
  if (const int error = empty_folder(fd); error != 0) return error;
  return rmdir(path) == 0 || errno == ENOENT ? 0 : errno;
}

void remove_empty_parents(const char* root, const char* path) {
  const char* above = strrchr(root, '/');
  const auto least = above == nullptr ? strlen(root) : static_cast<std::size_t>(above - root);
  Buffer folder;
  folder.add(path);
  while (folder.size() > least) {
    const char* slash = strrchr(folder.text(), '/');
    const auto size = static_cast<std::size_t>(slash - folder.data());
    folder.clear();
    folder.grew(size);
    if (size < least || rmdir(folder.text()) != 0) return;
  }
}

int remove_programs() {
  char path[4200];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  if (n <= 0) return errno;
  path[n] = 0;
  char* slash = strrchr(path, '/');
  if (slash == nullptr) return ENOENT;
  *slash = 0;
  DIR* folder = opendir(path);
  if (folder == nullptr) return errno == ENOENT ? 0 : errno;
  int failed = 0;
  while (const dirent* entry = readdir(folder)) {
    const char* name = entry->d_name;
    const bool program = strncmp(name, "shim-", 5) == 0 || strncmp(name, "launcher-", 9) == 0;
    if (program && unlinkat(dirfd(folder), name, 0) != 0) failed = errno;
  }
  closedir(folder);
  rmdir(path);
  return failed;
}

}  // namespace consort::shim
