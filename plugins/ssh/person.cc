#include "plugins/ssh/person.h"

#include <pwd.h>
#include <unistd.h>

#include <vector>

namespace consort::ssh {
namespace {

// Of the account that this runs as, where the environment does not say.
void add_account(Local& local) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16384);
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0) return;
  if (found == nullptr) return;
  if (local.home.empty()) local.home = found->pw_dir;
  local.user = found->pw_name;
}

}  // namespace

Person::Person(std::map<std::string, std::string> environment)
    : environment_(std::move(environment)) {}

void Person::set(std::map<std::string, std::string> environment) {
  const std::lock_guard lock(mutex_);
  environment_ = std::move(environment);
}

Target Person::find(const HostRequest& request) const {
  std::map<std::string, std::string> environment;
  {
    const std::lock_guard lock(mutex_);
    environment = environment_;
  }
  Local local;
  local.environment = [&](const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  local.home = local.environment("HOME");
  add_account(local);
  local.uid = std::to_string(::geteuid());
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) == 0) local.host = host;
  const SshConfig config = read_config(local, real_files());
  return resolve(request, config, local);
}

}  // namespace consort::ssh
