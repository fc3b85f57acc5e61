#include "core/config/ports.h"

#include "core/config/read.h"
#include "core/config/values.h"

namespace consort::config {

std::vector<model::PublishedPort> read_ports(const Node& list) {
  std::vector<model::PublishedPort> ports;
  for (const auto& item : list.items) {
    const auto text = [&](std::string_view key) {
      const Entry* entry = item.find(key);
      return entry ? entry->value.text : std::string();
    };
    const Entry* target = item.find("target");
    if (!target) continue;
    model::PublishedPort port;
    port.target = static_cast<std::uint16_t>(value_of_whole(target->value).value_or(0));
    port.host_ip = text("host_ip");
    port.protocol = text("protocol");
    if (const auto published = parse_integer(text("published"));
        published && *published > 0 && *published <= 65535) {
      port.published = static_cast<std::uint16_t>(*published);
    }
    port.where = to_location(item.where);
    ports.push_back(std::move(port));
  }
  return ports;
}

}  // namespace consort::config
