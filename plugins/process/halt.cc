#include "plugins/process/halt.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include <consort/values.hpp>

#include "plugins/process/process_tree.h"

namespace consort::process {
namespace {

// Each pass finds what was made by those that the pass before had not stopped yet.
constexpr int most_passes = 100;

bool stopped(const ProcessInfo& process) { return process.state == 'T' || process.state == 't'; }

// A pid is trusted only with the start time, and signalled only by pidfd. An errno, or 0.
int send(const ProcessInfo& process, int signal) {
  const Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!fd) return errno == ESRCH ? 0 : errno;
  if (read_process(process.pid).start_time != process.start_time) return 0;
  if (::syscall(SYS_pidfd_send_signal, fd.get(), signal, nullptr, 0) == 0) return 0;
  return errno == ESRCH ? 0 : errno;
}

std::string send_to_all(pid_t root, int signal) {
  const bool halting = signal == SIGSTOP;
  for (int pass = 0; pass < most_passes; ++pass) {
    bool all = true;
    for (const auto& process : descendants(root)) {
      if (stopped(process) == halting) continue;
      all = false;
      if (const int error = send(process, signal); error != 0) {
        return "process " + std::to_string(process.pid) + ": " + std::strerror(error);
      }
    }
    if (all) return {};
  }
  return "it makes processes faster than they can be stopped";
}

}  // namespace

std::string halt(pid_t root) { return send_to_all(root, SIGSTOP); }
std::string let_go_on(pid_t root) { return send_to_all(root, SIGCONT); }

}  // namespace consort::process
