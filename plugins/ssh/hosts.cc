#include "plugins/ssh/hosts.h"

#include <consort/values.hpp>

#include "plugins/ssh/owed_hosts.h"

namespace consort::ssh {

HostThread& Hosts::of(const HostRequest& host) {
  auto& thread = all_[key_of(host)];
  if (!thread) {
    thread = std::make_unique<HostThread>(
        [&](asio::any_io_executor executor) { return make_(executor, host); });
  }
  return *thread;
}

HostThread& Hosts::of(const HostRequest& host, const std::string& instance) {
  HostThread& thread = of(host);
  where_[instance] = &thread;
  return thread;
}

HostThread* Hosts::find(std::string_view instance) const {
  const auto found = where_.find(std::string(instance));
  return found == where_.end() ? nullptr : found->second;
}

HostThread& Hosts::need(std::string_view instance) const {
  HostThread* host = find(instance);
  if (host == nullptr) throw Error(CONSORT_E_NOT_FOUND, std::string(instance) + " does not run");
  return *host;
}

}  // namespace consort::ssh
