#include "core/engine/port_check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include <consort/port_holder.hpp>

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
    if (error == EADDRINUSE) {
      const std::string holder = port_holder(port.published, udp);
      return name + "is in use by " + (holder.empty() ? "a process of another user" : holder);
    }
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
