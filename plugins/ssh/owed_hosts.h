#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "plugins/ssh/ssh_config.h"

namespace consort::ssh {

// The hosts on which this project has something, kept in a file, so that a later `down` finds them
// whatever happened in between. Any thread.
class OwedHosts {
 public:
  // Reads the file. Throws Error if it is there and cannot be understood.
  explicit OwedHosts(std::string path);

  std::vector<HostRequest> all() const {
    const std::lock_guard lock(mutex_);
    return hosts_;
  }
  // Written, and on the disk, when it returns: what runs elsewhere outlives this machine. Throw
  // Error.
  void add(const HostRequest& host);
  void remove(const HostRequest& host);

 private:
  void write() const;  // with the mutex

  std::string path_;
  mutable std::mutex mutex_;
  std::vector<HostRequest> hosts_;
};

// Tells hosts apart.
std::string key_of(const HostRequest& host);

}  // namespace consort::ssh
