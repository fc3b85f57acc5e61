#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/base/file.h"
#include "core/base/result.h"

namespace consort::record {

// Syncs files to disk on a thread that exists only while there is work, so that nobody waits for a
// disk and an idle process has no wake-ups. Requests made while one is under way are joined.
class Syncer {
 public:
  Syncer() = default;
  ~Syncer();  // finishes the work
  Syncer(const Syncer&) = delete;
  Syncer& operator=(const Syncer&) = delete;

  // Asks for fsync of `files` (fdatasync where nothing but data changed), then of `directory` if it
  // is not empty. Returns at once. One thread.
  void request(std::vector<std::shared_ptr<base::Fd>> files, std::filesystem::path directory = {});

  bool busy() const;

  // Waits until all that was asked for is done. The first failure since the last flush, if any.
  base::Result<void> flush();

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable done_;
  std::vector<std::shared_ptr<base::Fd>> files_;
  std::filesystem::path directory_;
  bool wanted_ = false;
  bool running_ = false;
  std::optional<base::Error> error_;
  std::thread thread_;
};

}  // namespace consort::record
