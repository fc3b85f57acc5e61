#include "core/engine/probe_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace consort::engine {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kept = 1024;

}  // namespace

std::shared_ptr<ProbeOutput> ProbeOutput::open(const asio::any_io_executor& executor) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return nullptr;
  base::Fd read(ends[0]), write(ends[1]);
  ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
  asio::posix::stream_descriptor from(executor);
  boost::system::error_code failed;
  from.assign(read.get(), failed);
  if (failed) return nullptr;
  read.release();
  auto made = std::make_shared<ProbeOutput>(std::move(from), std::move(write));
  made->read_on();
  return made;
}

void ProbeOutput::read_on() {
  from_.async_wait(asio::posix::stream_descriptor::wait_read,
                   [weak = weak_from_this()](boost::system::error_code failed) {
                     const auto self = weak.lock();
                     if (failed || !self) return;
                     if (self->read_some()) self->read_on();
                   });
}

// A pipe full at most: there are others to serve. False: there is no more to come.
bool ProbeOutput::read_some() {
  char bytes[4096];
  for (int times = 0; times < 16; ++times) {
    const ssize_t n = ::read(from_.native_handle(), bytes, sizeof bytes);
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    tail_.append(bytes, static_cast<std::size_t>(n));
    if (tail_.size() > kept) tail_.erase(0, tail_.size() - kept);
  }
  return true;
}

std::string ProbeOutput::last_line() {
  read_some();
  const auto end = tail_.find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return "";
  const auto before = tail_.rfind('\n', end);
  return tail_.substr(before + 1, end - before);
}

}  // namespace consort::engine
