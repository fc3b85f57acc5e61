#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "plugins/ssh/host_thread.h"
#include "plugins/ssh/ssh_config.h"

namespace consort::ssh {

// The hosts in use, each with its thread, and on which of them an instance is. The runtime's
// thread.
class Hosts {
 public:
  using MakePlace =
      std::function<std::shared_ptr<Place>(asio::any_io_executor, const HostRequest& host)>;
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
  MakePlace make_;
  std::unordered_map<std::string, HostThread*> where_;
  std::map<std::string, std::unique_ptr<HostThread>> all_;
};

}  // namespace consort::ssh
