#include "plugins/docker/port_holder.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace consort::docker {
namespace {

namespace fs = std::filesystem;

// "socket:[INODE]" of those bound to `port`, of one table of /proc/net.
void find_sockets(const char* table, std::uint16_t port, bool udp, std::set<std::string>& found) {
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);  // the heading
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >>
        timeout >> inode;
    const std::size_t colon = local.rfind(':');
    if (colon == std::string::npos) continue;
    unsigned bound = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), bound, 16);
    const bool listens = udp || state == "0A";
    if (bound == port && listens) found.insert("socket:[" + inode + "]");
  }
}

}  // namespace

std::string port_holder(std::uint16_t port, bool udp) {
  std::set<std::string> sockets;
  find_sockets(udp ? "/proc/net/udp" : "/proc/net/tcp", port, udp, sockets);
  find_sockets(udp ? "/proc/net/udp6" : "/proc/net/tcp6", port, udp, sockets);
  if (sockets.empty()) return "";
  std::error_code ignored;
  for (const auto& process : fs::directory_iterator("/proc", ignored)) {
    const std::string pid = process.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    for (const auto& fd : fs::directory_iterator(process.path() / "fd", ignored)) {
      const fs::path target = fs::read_symlink(fd.path(), ignored);
      if (!sockets.contains(target.string())) continue;
      std::ifstream comm(process.path() / "comm");
      std::string name;
      std::getline(comm, name);
      return name + " (pid " + pid + ")";
    }
  }
  return "";
}

}  // namespace consort::docker
