#include "core/daemon/instances.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <boost/asio/post.hpp>

#include "core/base/descriptors.h"
#include "core/base/file.h"

namespace consort::daemon {

namespace {

// A start opens descriptors in the supervisor, and so does every look at what runs: these are left
// to the latter. Of a small limit it is a part.
constexpr std::size_t kept_for_control = 64;

base::Result<void> check_descriptors(const std::string& instance) {
  const std::size_t limit = base::descriptor_limit();
  if (base::descriptors_left() > std::min(kept_for_control, limit / 8)) return {};
  return base::Error(base::ErrorKind::unavailable,
                     "cannot start " + instance + ": the supervisor has used nearly all of its " +
                         std::to_string(limit) +
                         " descriptors; raise the limit (ulimit -Hn) and run `consort supervisor "
                         "restart`, or stop other services");
}

}  // namespace

base::Result<std::string> Directories::create(const std::string& instance) {
  if (!made_) {
    if (auto made = base::ensure_private_directory(root_); !made) return made.error();
    made_ = true;
  }
  const std::filesystem::path directory = path(instance);
  struct stat info {};
  if (::lstat(directory.c_str(), &info) == 0) return directory.string();  // it runs, or was tried
  if (auto room = check_descriptors(instance); !room) return room.error();
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::system_error("create directory", directory, errno);
  }
  return directory.string();
}

Directories::~Directories() {
  while (!removed_.empty()) remove_next();
}

void Directories::remove(const std::string& instance) {
  if (instance.empty()) return;
  removed_.push_back(instance);
  if (removed_.size() == 1) remove_soon();
}

void Directories::remove_soon() {
  boost::asio::post(executor_, [this, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    remove_next();
    if (!removed_.empty()) remove_soon();
  });
}

void Directories::remove_next() {
  std::error_code ignored;  // what stays is removed with the project
  std::filesystem::remove_all(path(removed_.front()), ignored);
  removed_.pop_front();
}

}  // namespace consort::daemon
