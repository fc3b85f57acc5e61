#pragma once

#include <map>
#include <mutex>
#include <string>

#include "plugins/ssh/ssh_config.h"

namespace consort::ssh {

// For whom the connections are made: the environment of the last `up`, hence its agent, and the
// configuration of OpenSSH. Any thread.
class Person {
 public:
  explicit Person(std::map<std::string, std::string> environment);
  void set(std::map<std::string, std::string> environment);
  // Where a service's host is now; reads the configuration. Throws Error.
  Target find(const HostRequest& request) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> environment_;
};

}  // namespace consort::ssh
