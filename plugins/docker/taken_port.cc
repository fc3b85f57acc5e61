#include "plugins/docker/taken_port.h"

#include <regex>

namespace consort::docker {

std::optional<TakenPort> taken_port(const std::string& message) {
  const bool taken = message.find("port is already allocated") != std::string::npos ||
                     message.find("address already in use") != std::string::npos;
  // "Bind for 0.0.0.0:80 failed", "listen tcp6 [::]:80: bind", "bind host port for
  // 127.0.0.1:80:172.17.0.2:80/tcp", "bind host port 0.0.0.0:80/tcp"
  static const std::regex place(R"((?:Bind for|listen (?:tcp|udp)[46]?|host port(?: for)?) )"
                                R"((?:\[[^\]]*\]|\d+(?:\.\d+){3}|[0-9a-f:]*:)?:(\d{1,5})(?!\d))");
  std::smatch found;
  if (!taken || !std::regex_search(message, found, place)) return std::nullopt;
  const int number = std::stoi(found[1]);
  if (number > UINT16_MAX) return std::nullopt;
  return TakenPort{static_cast<std::uint16_t>(number), message.find("udp") != std::string::npos};
}

std::string without_endpoint(const std::string& message) {
  static const std::regex endpoint(
      R"(driver failed programming external connectivity on endpoint \S+ \([0-9a-f]+\): )");
  return std::regex_replace(message, endpoint, "");
}

}  // namespace consort::docker
