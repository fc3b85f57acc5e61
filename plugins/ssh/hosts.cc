#include "plugins/ssh/hosts.h"

#include <consort/values.hpp>

#include "plugins/ssh/owed_hosts.h"

namespace consort::ssh {

HostThread& Hosts::of(const HostRequest& host) {
  auto& thread = all_[key_of(host)];
  if (!thread) {
    thread = std::make_unique<HostThread>([&](asio::any_io_executor executor) {
      return make_(executor, host, [this](const std::string& instance) { forget(instance); });
    });
  }
  return *thread;
}

HostThread& Hosts::of(const HostRequest& host, const std::string& instance) {
  HostThread& thread = of(host);
  const std::lock_guard lock(mutex_);
  where_[instance] = &thread;
  return thread;
}

void Hosts::forget(const std::string& instance) {
  const std::lock_guard lock(mutex_);
  where_.erase(instance);
}

HostThread* Hosts::find(std::string_view instance) const {
  const std::lock_guard lock(mutex_);
  const auto found = where_.find(std::string(instance));
  return found == where_.end() ? nullptr : found->second;
}

HostThread& Hosts::need(std::string_view instance) const {
  HostThread* host = find(instance);
  if (host == nullptr) throw Error(CONSORT_E_NOT_FOUND, std::string(instance) + " does not run");
  return *host;
}

}  // namespace consort::ssh
