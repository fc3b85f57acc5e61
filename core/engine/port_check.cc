#include "core/engine/port_check.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string_view>
#include <vector>

#include "core/base/file.h"

namespace consort::engine {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  int family = AF_UNSPEC;
};

std::optional<Address> parse(const std::string& ip, std::uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (::inet_pton(AF_INET, ip.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
    address.family = AF_INET;
    return address;
  }
  address = {};
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET6, ip.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
    address.family = AF_INET6;
    return address;
  }
  return std::nullopt;
}

// 0 if it could be bound, else errno.
int try_bind(const Address& address, bool udp) {
  const int kind = (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
  base::Fd fd(::socket(address.family, kind, 0));
  if (!fd) return errno == EAFNOSUPPORT ? 0 : errno;
  const int on = 1;
  // As servers do: connections of an earlier one that are still closing do not count.
  if (!udp) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.family == AF_INET6) {
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  const auto* raw = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::bind(fd.get(), raw, address.size) != 0) return errno;
  return 0;
}

// Inodes of the sockets that are bound to `port`, of one table of /proc/net.
void find_inodes(const char* table, std::uint16_t port, bool udp, std::set<std::string>& inodes) {
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
    unsigned found = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), found, 16);
    if (found == port && (udp || state == "0A")) inodes.insert(inode);
  }
}

std::vector<std::string> entries(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
  while (const auto* entry = dir ? ::readdir(dir.get()) : nullptr)
    names.emplace_back(entry->d_name);
  return names;
}

// A container's port is held by the engine's proxy, which says whose it is in its arguments.
std::string forwarded_by(const std::string& process, const std::string& name) {
  if (name != "docker-proxy") return "";
  std::ifstream file(process + "/cmdline", std::ios::binary);
  std::map<std::string, std::string> values;
  std::string word, before;
  while (std::getline(file, word, '\0')) {
    if (before.starts_with('-')) values[before] = word;
    before = word;
  }
  const std::string address = values["-container-ip"];
  if (address.empty()) return "";
  return ", for the container at " + address + ":" + values["-container-port"];
}

// "postgres (pid 812)", or "" where it cannot be seen.
std::string holder_of(const std::set<std::string>& inodes) {
  std::set<std::string> links;
  for (const auto& inode : inodes) links.insert("socket:[" + inode + "]");
  for (const auto& pid : entries("/proc")) {
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string process = "/proc/" + pid;
    for (const auto& fd : entries(process + "/fd")) {
      char target[64];
      const ssize_t size = ::readlink((process + "/fd/" + fd).c_str(), target, sizeof target);
      if (size <= 0 || !links.contains(std::string(target, static_cast<std::size_t>(size)))) {
        continue;
      }
      std::ifstream comm(process + "/comm");
      std::string name;
      std::getline(comm, name);
      return name + " (pid " + pid + ")" + forwarded_by(process, name);
    }
  }
  return "";
}

std::string in_use(const model::PublishedPort& port, bool udp) {
  std::set<std::string> inodes;
  find_inodes(udp ? "/proc/net/udp" : "/proc/net/tcp", port.published, udp, inodes);
  find_inodes(udp ? "/proc/net/udp6" : "/proc/net/tcp6", port.published, udp, inodes);
  const std::string holder = inodes.empty() ? "" : holder_of(inodes);
  return "is in use by " + (holder.empty() ? "a process of another user" : holder);
}

}  // namespace

std::optional<std::string> port_problem(const model::PublishedPort& port) {
  if (port.published == 0) return std::nullopt;
  const bool udp = port.protocol == "udp";
  if (!udp && port.protocol != "tcp") return std::nullopt;
  std::vector<std::string> ips{port.host_ip};
  if (port.host_ip.empty()) ips = {"0.0.0.0", "::"};
  const std::string name = "port " + std::to_string(port.published) + (udp ? "/udp " : " ");
  for (const auto& ip : ips) {
    const auto address = parse(ip, port.published);
    if (!address) return name + "cannot be used: " + ip + " is not an address";
    const int error = try_bind(*address, udp);
    if (error == 0) continue;
    if (error == EADDRINUSE) return name + in_use(port, udp);
    if (error == EACCES) return name + "needs privileges that this user does not have";
    if (error == EADDRNOTAVAIL) {
      if (port.host_ip.empty()) continue;  // no IPv6 here
      return name + "cannot be used: this machine has no address " + ip;
    }
    return name + "cannot be used: " + std::strerror(error);
  }
  return std::nullopt;
}

}  // namespace consort::engine
