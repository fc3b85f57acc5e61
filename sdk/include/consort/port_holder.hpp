// SPDX-License-Identifier: Apache-2.0
// Whose a port of this machine is: for whoever finds it taken.
#pragma once

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

namespace consort {

namespace detail {

// "socket:[INODE]" of what listens on `port`, of one table of /proc/net (see proc(5)).
inline void find_listeners(const char* table, std::uint16_t port, bool udp,
                           std::set<std::string>& found) {
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
    if (bound == port && (udp || state == "0A")) found.insert("socket:[" + inode + "]");
  }
}

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// What follows `name` in a list that is separated by NUL: environ with "NAME=", cmdline with
// "-option" and its NUL.
inline std::string value_of(std::string_view list, std::string_view name) {
  for (std::size_t at = 0; at < list.size();) {
    if (list.substr(at).starts_with(name)) {
      const auto value = list.substr(at + name.size());
      return std::string(value.substr(0, value.find('\0')));
    }
    const std::size_t end = list.find('\0', at);
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  return "";
}

// The id of the container that a process is in, from its control group; "" for none.
inline std::string container_of(const std::filesystem::path& process) {
  const std::string groups = contents(process / "cgroup");
  for (const std::string_view before : {"/docker/", "/docker-", "/libpod-"}) {
    const std::size_t place = groups.rfind(before);
    if (place == std::string::npos) continue;
    const std::size_t start = place + before.size();
    const std::size_t end = groups.find_first_not_of("0123456789abcdef", start);
    const std::string id = groups.substr(start, end == std::string::npos ? end : end - start);
    if (id.size() == 64) return id.substr(0, 12);
  }
  return "";
}

// A port of a container is held by the engine's proxy, whose arguments all may read.
inline std::string forwarded_by(const std::filesystem::path& process, std::uint16_t port,
                                bool udp) {
  using namespace std::literals;
  const std::string arguments = contents(process / "cmdline");
  const bool its = value_of(arguments, "-host-port\0"sv) == std::to_string(port) &&
                   value_of(arguments, "-proto\0"sv) == (udp ? "udp" : "tcp");
  if (!its) return "";
  return ", for the container at " + value_of(arguments, "-container-ip\0"sv) + ":" +
         value_of(arguments, "-container-port\0"sv) +
         " (`docker ps --filter publish=" + std::to_string(port) + "` names it)";
}

// Whether a process has one of these sockets. `hidden` is set where this user may not know.
inline bool holds(const std::filesystem::path& process, const std::set<std::string>& sockets,
                  std::error_code& hidden) {
  std::filesystem::directory_iterator fd(process / "fd", hidden), end;
  for (std::error_code gone; !hidden && !gone && fd != end; fd.increment(gone)) {
    const auto target = std::filesystem::read_symlink(fd->path(), gone);
    if (sockets.contains(target.string())) return true;
    gone.clear();
  }
  return false;
}

// By what it was started with: a service of Consort, a process in a container, or itself.
inline std::string holder_text(const std::filesystem::path& process, const std::string& name) {
  const std::string pid = "pid " + process.filename().string();
  const std::string environment = contents(process / "environ");
  const std::string service = value_of(environment, "CONSORT_SERVICE=");
  if (!service.empty()) {
    return "service " + service + " of project " + value_of(environment, "CONSORT_PROJECT=") +
           " (" + name + ", " + pid + ")";
  }
  const std::string container = container_of(process);
  return name + " (" + pid + ")" + (container.empty() ? "" : " of container " + container);
}

}  // namespace detail

// Who listens on `port` of this machine: "postgres (pid 812)", "service db of project shop
// (postgres, pid 812)", or a container by its address or id; "" where nobody does or this user
// cannot see it. Looks through /proc: for when a port is found taken. Any thread.
inline std::string port_holder(std::uint16_t port, bool udp) {
  namespace fs = std::filesystem;
  std::set<std::string> sockets;
  detail::find_listeners(udp ? "/proc/net/udp" : "/proc/net/tcp", port, udp, sockets);
  detail::find_listeners(udp ? "/proc/net/udp6" : "/proc/net/tcp6", port, udp, sockets);
  if (sockets.empty()) return "";
  std::error_code ended;
  for (fs::directory_iterator entry("/proc", ended), end; !ended && entry != end;
       entry.increment(ended)) {
    const fs::path& process = entry->path();
    const std::string pid = process.filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code hidden;
    const bool holds = detail::holds(process, sockets, hidden);
    if (!holds && !hidden) continue;
    std::string name = detail::contents(process / "comm");
    if (name.ends_with('\n')) name.pop_back();
    if (name == "docker-proxy") {
      const std::string whose = detail::forwarded_by(process, port, udp);
      if (!whose.empty()) return name + " (pid " + pid + ")" + whose;
    }
    if (holds) return detail::holder_text(process, name);
  }
  return "";
}

}  // namespace consort
