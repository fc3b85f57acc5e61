#pragma once

#include <consort/operation.hpp>

#include <mutex>
#include <string>
#include <vector>

#include "plugins/ssh/owed_hosts.h"

namespace consort::ssh {

// The end of a project on all hosts where it has something: completes the operation once the last
// one is cleared, or failed, and takes the cleared ones off the list. Any thread.
class Release {
 public:
  // `owed` outlives it, and has hosts.
  Release(Operation op, OwedHosts& owed);

  const std::vector<HostRequest>& hosts() const { return hosts_; }
  // Once for each of them; `problem`: why it is not cleared, "" if it is.
  void done(const HostRequest& host, const std::string& problem);

 private:
  void add_problem(const std::string& problem);

  Operation op_;
  OwedHosts& owed_;
  const std::vector<HostRequest> hosts_;
  std::mutex mutex_;
  std::size_t open_;
  std::vector<HostRequest> cleared_;
  std::string problems_;
};

}  // namespace consort::ssh
