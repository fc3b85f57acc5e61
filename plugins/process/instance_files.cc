#include "plugins/process/instance_files.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string_view>

#include "plugins/process/process_tree.h"
#include "plugins/process/shim/protocol.h"

namespace consort::process {
namespace {

// Calls visit(key, value) for each complete "key value" line; false if there is no such file.
template <class Visit>
bool each_line(const std::string& path, Visit visit) {
  std::ifstream file(path);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    throw Error(CONSORT_E_RETRY, "cannot read " + path + ": " + std::strerror(errno));
  }
  for (std::string line; std::getline(file, line) && !file.eof();) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) continue;
    visit(std::string_view(line).substr(0, space), line.substr(space + 1));
  }
  return true;
}

Identity identity(const std::string& value) {
  char* end = nullptr;
  const auto pid = static_cast<pid_t>(std::strtol(value.c_str(), &end, 10));
  return {pid, std::strtoull(end, nullptr, 10)};
}

int number(const std::string& value) { return std::atoi(value.c_str()); }

// "2026-01-02T03:04:05.000000006Z" as the shim stamps it.
std::int64_t nanoseconds(const std::string& stamp) {
  tm parts{};
  const char* rest = ::strptime(stamp.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr || *rest != '.') return 0;
  return static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000'000 + std::atoll(rest + 1);
}

}  // namespace

bool lives(const Identity& identity) {
  if (identity.pid <= 1) return false;
  const ProcessInfo info = read_process(identity.pid);
  if (info.pid == 0 && (::kill(identity.pid, 0) == 0 || errno != ESRCH)) {
    throw Error(CONSORT_E_RETRY, "cannot look at process " + std::to_string(identity.pid));
  }
  return info.pid != 0 && info.start_time == identity.start && info.state != 'Z' &&
         info.state != 'X';
}

std::optional<Record> read_record(const std::string& instance_dir) {
  Record record;
  const bool exists = each_line(instance_dir + "/" + shim::record_file,
                                [&](std::string_view key, const std::string& value) {
                                  if (key == "boot_id") record.boot_id = value;
                                  if (key == "shim") record.shim = identity(value);
                                  if (key == "child") record.child = identity(value);
                                });
  if (!exists || record.shim.pid == 0) return std::nullopt;
  return record;
}

const std::string& boot_id() {
  static const std::string id = [] {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string line;
    std::getline(file, line);
    return line;
  }();
  return id;
}

std::optional<Exit> read_exit(const std::string& path) {
  Exit exit;
  int exec_errno = 0;
  std::string stage;
  const bool exists = each_line(path, [&](std::string_view key, const std::string& value) {
    if (key == "code" || key == "signal") {
      exit.known = true;
      (key == "code" ? exit.code : exit.signal) = number(value);
    }
    if (key == "exec_errno") exec_errno = number(value);
    if (key == "exec_stage") stage = value;
    if (key == "leftovers") exit.leftovers = number(value) != 0;
    if (key == "time") exit.at_ns = nanoseconds(value);
  });
  if (!exists) return std::nullopt;
  if (exec_errno != 0) exit.cause = "cannot start (" + stage + "): " + std::strerror(exec_errno);
  if (!exit.known && exec_errno == 0)
    exit.cause = "its shim was killed before it could see the exit";
  return exit;
}

}  // namespace consort::process
