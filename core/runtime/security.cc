#include "core/runtime/security.h"

#include <sys/stat.h>

#include <cerrno>
#include <deque>
#include <string>

#include "core/base/file.h"

namespace consort::runtime {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

namespace {

constexpr int max_links = 40;  // the kernel's own limit (path_resolution(7))

Result<void> check_component(const fs::path& path, const struct stat& info, uid_t user) {
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorKind::denied, path.string() + " " + why);
  };
  if (info.st_uid != 0 && info.st_uid != user) {
    return refuse("belongs to user " + std::to_string(info.st_uid) +
                  ", who could replace it: give it to root or to yourself");
  }
  if (S_ISLNK(info.st_mode)) return {};  // a link's own mode means nothing
  const bool sticky = S_ISDIR(info.st_mode) && info.st_uid == 0 && (info.st_mode & S_ISVTX) != 0;
  if (sticky) return {};
  if ((info.st_mode & S_IWOTH) != 0) return refuse("is writable by everybody: chmod o-w it");
  if ((info.st_mode & S_IWGRP) != 0) return refuse("is writable by its group: chmod g-w it");
  return {};
}

void prepend(std::deque<fs::path>& todo, const fs::path& path) {
  const fs::path relative = path.relative_path();
  todo.insert(todo.begin(), relative.begin(), relative.end());
}

}  // namespace

Result<fs::path> secure_path(const fs::path& path, uid_t user) {
  if (!path.is_absolute()) return Error(ErrorKind::invalid, path.string() + " is not absolute");
  std::deque<fs::path> todo{"/"};
  const fs::path names = path.relative_path();
  todo.insert(todo.end(), names.begin(), names.end());
  fs::path resolved;
  int links = 0;
  while (!todo.empty()) {
    const fs::path name = std::move(todo.front());
    todo.pop_front();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      resolved = resolved.parent_path();
      continue;
    }
    const fs::path next = resolved / name;
    struct stat info {};
    if (::lstat(next.c_str(), &info) != 0) return base::system_error("open", next, errno);
    if (auto safe = check_component(next, info, user); !safe) return safe.error();
    if (!S_ISLNK(info.st_mode)) {
      resolved = next;
      continue;
    }
    if (++links > max_links) return base::system_error("open", path, ELOOP);
    std::error_code error;
    const fs::path target = fs::read_symlink(next, error);
    if (error) return base::system_error("open", next, error.value());
    if (target.is_absolute()) resolved = "/";
    prepend(todo, target);
  }
  return resolved;
}

}  // namespace consort::runtime
