#pragma once

#include <string>
#include <vector>

#include "plugins/ssh/ssh_config.h"

namespace consort::ssh {

// The hosts on which this project has something, kept in a file, so that a later `down` finds them
// whatever happened in between. One thread.
class OwedHosts {
 public:
  // Reads the file. Throws Error if it is there and cannot be understood.
  explicit OwedHosts(std::string path);

  const std::vector<HostRequest>& all() const { return hosts_; }
  // Written, and on the disk, when it returns: what runs elsewhere outlives this machine. Throw
  // Error.
  void add(const HostRequest& host);
  void remove(const HostRequest& host);

 private:
  void write() const;

  std::string path_;
  std::vector<HostRequest> hosts_;
};

// Tells hosts apart.
std::string key_of(const HostRequest& host);

}  // namespace consort::ssh
