#include "plugins/process/fingerprint.h"

#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <boost/json.hpp>

namespace consort::process {
namespace {

namespace json = boost::json;

std::string limit_text(rlim_t value) {
  return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
}

void problem(json::array& problems, std::string_view message, std::string_view advice) {
  problems.push_back(json::object{{"message", message}, {"advice", advice}});
}

}  // namespace

std::string fingerprint(const Settings& settings) {
  utsname system{};
  ::uname(&system);
  json::array problems;
  const bool shim = ::access(settings.shim.c_str(), X_OK) == 0;
  if (!shim) {
    problem(problems, "the shim " + settings.shim + " cannot be executed",
            "install the package of the process runtime again");
  }
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0));
  if (pidfd < 0) {
    problem(problems, "this kernel has no pidfd", "use Linux 5.4 or later");
  } else {
    ::close(pidfd);
  }
  if (settings.nofile.rlim_cur < 1024) {
    problem(problems, "services get only " + limit_text(settings.nofile.rlim_cur) + " open files",
            "raise `ulimit -n` before `consort up`, or set ulimits.nofile");
  }
  return json::serialize(json::object{
      {"summary", std::string("native processes on ") + system.sysname + " " + system.release},
      {"facts",
       json::object{{"shim", settings.shim},
                    {"run as another user", ::geteuid() == 0 ? "yes" : "no, only as root"},
                    {"open files of a service", limit_text(settings.nofile.rlim_cur)},
                    {"log rotation", std::to_string(settings.log_max_files) + " files of " +
                                         std::to_string(settings.log_max_bytes >> 20) + " MiB"}}},
      {"problems", problems}});
}

}  // namespace consort::process
