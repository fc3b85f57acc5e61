#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "plugins/ssh/host_thread.h"
#include "plugins/ssh/ssh_config.h"

namespace consort::ssh {

// The hosts in use, each with its thread, and on which of them an instance is. The runtime's
// thread, except that a host's own thread tells what is there no more.
class Hosts {
 public:
  using Forgotten = std::function<void(const std::string& instance)>;
  using MakePlace = std::function<std::shared_ptr<Place>(asio::any_io_executor,
                                                         const HostRequest& host, Forgotten)>;
  explicit Hosts(MakePlace make) : make_(std::move(make)) {}

  // Made when it is first asked for.
  HostThread& of(const HostRequest& host);
  // The same, and from now on the instance is found there.
  HostThread& of(const HostRequest& host, const std::string& instance);
  // Null: it was never there.
  HostThread* find(std::string_view instance) const;
  // Throws Error instead.
  HostThread& need(std::string_view instance) const;
  std::size_t size() const { return all_.size(); }

  template <class Visit>
  void each(Visit visit) {
    for (const auto& [key, host] : all_) visit(*host);
  }

 private:
  void forget(const std::string& instance);

  MakePlace make_;
  mutable std::mutex mutex_;  // of where_
  std::unordered_map<std::string, HostThread*> where_;
  std::map<std::string, std::unique_ptr<HostThread>> all_;
};

}  // namespace consort::ssh
