#include "core/daemon/socket_keeper.h"

#include <sys/stat.h>

#include <string>
#include <utility>

#include "core/api/listener.h"

namespace consort::daemon {

namespace fs = std::filesystem;

SocketKeeper::SocketKeeper(boost::asio::any_io_executor executor, fs::path socket, Owns owns,
                           Listen listen, Log log)
    : socket_(std::move(socket)),
      owns_(std::move(owns)),
      listen_(std::move(listen)),
      log_(std::move(log)) {
  remember();
  auto watch = record::DirectoryWatch::open(std::move(executor), [this](int) { look(); });
  if (!watch) {
    log_("cannot notice when the socket is removed: " + watch.error().message());
    return;
  }
  watch_ = std::move(*watch);
  look();
}

// What is changed while this looks is told of afterwards, as the watches are set before the look.
void SocketKeeper::look() {
  for (;;) {
    watch_directories();
    if (is_there() || !owns_() || !listen_again()) return;
  }
}

bool SocketKeeper::is_there() const {
  struct stat info {};
  return ::lstat(socket_.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_;
}

void SocketKeeper::remember() {
  struct stat info {};
  if (::lstat(socket_.c_str(), &info) != 0) return;
  device_ = info.st_dev;
  inode_ = info.st_ino;
}

bool SocketKeeper::listen_again() {
  auto listener = api::listen_privately(socket_);
  if (!listener) {
    if (!std::exchange(told_, true)) {
      log_("cannot listen again: " + listener.error().message());
    }
    return false;
  }
  told_ = false;
  remember();
  listen_(std::move(*listener));
  log_("listens again on " + socket_.string() + ", which had been removed");
  return true;
}

// The project's directory and the one of all projects; where they are missing, the nearest above.
void SocketKeeper::watch_directories() {
  const fs::path project = socket_.parent_path();
  static_cast<void>(watch_->add(project));
  for (fs::path above = project.parent_path(); !watch_->add(above); above = above.parent_path()) {
    if (above == above.root_path()) return;
  }
}

}  // namespace consort::daemon
