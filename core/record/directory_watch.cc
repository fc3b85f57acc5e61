#include "core/record/directory_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <system_error>

#include "core/base/file.h"
#include "core/base/thread.h"

namespace consort::record {

namespace asio = boost::asio;

struct DirectoryWatch::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::any_io_executor executor, Changed callback, int fd)
      : descriptor(executor, fd), changed(std::move(callback)) {}

  void wait() {
    descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](boost::system::error_code error) {
                            if (error || !self->changed) return;
                            self->drain();
                            if (self->changed) self->wait();
                          });
  }

  void drain() {
    alignas(inotify_event) char buffer[16384];
    for (;;) {
      const ssize_t n = ::read(descriptor.native_handle(), buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return;
      int last = -2;  // writes come in rows
      for (ssize_t at = 0; at < n && changed;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        at += static_cast<ssize_t>(sizeof *event + event->len);
        const int watch = (event->mask & IN_Q_OVERFLOW) != 0 ? every : event->wd;
        if (watch != last) changed(watch);
        last = watch;
      }
    }
  }

  asio::posix::stream_descriptor descriptor;
  Changed changed;
};

base::Result<std::unique_ptr<DirectoryWatch>> DirectoryWatch::open(asio::any_io_executor executor,
                                                                   Changed changed) {
  base::Fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd) {
    const int cause = errno;
    base::Error error = base::system_error("follow", "logs", cause);
    if (cause != EMFILE) return error;
    return base::Error(base::ErrorKind::unavailable,
                       error.message() + " (raise fs.inotify.max_user_instances)");
  }
  auto impl = std::make_shared<Impl>(std::move(executor), std::move(changed), fd.release());
  impl->wait();
  return std::unique_ptr<DirectoryWatch>(new DirectoryWatch(std::move(impl)));
}

// The kernel lets the close wait until nobody looks at the watches any more, 15 ms and longer: not
// on a thread that serves others.
DirectoryWatch::~DirectoryWatch() {
  impl_->changed = nullptr;
  const int fd = impl_->descriptor.release();
  try {
    base::start_thread([fd] { ::close(fd); }).detach();
  } catch (const std::system_error&) {
    ::close(fd);
  }
}

base::Result<int> DirectoryWatch::add(const std::filesystem::path& path) {
  const int watch = ::inotify_add_watch(
      impl_->descriptor.native_handle(), path.c_str(),
      IN_CREATE | IN_MODIFY | IN_MOVE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
  if (watch >= 0) return watch;
  const int cause = errno;
  base::Error error = base::system_error("follow", path, cause);
  if (cause != ENOSPC) return error;
  return base::Error(base::ErrorKind::unavailable,
                     error.message() + " (raise fs.inotify.max_user_watches)");
}

void DirectoryWatch::remove(int watch) {
  ::inotify_rm_watch(impl_->descriptor.native_handle(), watch);
}

}  // namespace consort::record
