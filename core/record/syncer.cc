#include "core/record/syncer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/base/thread.h"

namespace consort::record {

Syncer::~Syncer() {
  if (thread_.joinable()) thread_.join();
}

void Syncer::request(std::vector<std::shared_ptr<base::Fd>> files,
                     std::filesystem::path directory) {
  {
    const std::lock_guard lock(mutex_);
    for (auto& file : files) {
      if (std::find(files_.begin(), files_.end(), file) == files_.end()) {
        files_.push_back(std::move(file));
      }
    }
    if (!directory.empty()) directory_ = std::move(directory);
    wanted_ = true;
    if (running_) return;
    running_ = true;
  }
  if (thread_.joinable()) thread_.join();  // it has ended, or is about to
  try {
    thread_ = base::start_thread([this] { work(); });
  } catch (const std::system_error&) {
    work();  // no thread to be had: late is better than never
  }
}

bool Syncer::busy() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

base::Result<void> Syncer::flush() {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return !running_; });
  if (auto error = std::exchange(error_, std::nullopt)) return *error;
  return {};
}

void Syncer::work() {
  std::unique_lock lock(mutex_);
  while (wanted_) {
    wanted_ = false;
    const auto files = std::exchange(files_, {});
    const auto directory = std::exchange(directory_, {});
    lock.unlock();
    int failure = 0;
    for (const auto& file : files) {
      if (::fdatasync(file->get()) != 0) failure = errno;
    }
    if (!directory.empty()) {
      const base::Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!fd || ::fsync(fd.get()) != 0) failure = errno;
    }
    lock.lock();
    if (failure != 0 && !error_) {
      error_ =
          base::Error(std::string("cannot sync the record to disk: ") + std::strerror(failure));
    }
  }
  running_ = false;
  done_.notify_all();
}

}  // namespace consort::record
