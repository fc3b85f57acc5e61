#include <algorithm>
#include <array>
#include <tuple>

#include <boost/json/array.hpp>

#include "core/config/read.h"
#include "core/config/service_parts.h"

namespace consort::config {
namespace {

constexpr std::array<std::string_view, 7> keys = {"target", "published", "host_ip",     "protocol",
                                                  "mode",   "name",      "app_protocol"};
constexpr std::string_view accepted =
    "[IP:]HOST:PORT, PORT, ranges such as 8000-8010:8000-8010, each with /tcp, /udp or /sctp";

struct Range {
  int first = 0;
  int last = 0;
  int size() const { return last - first + 1; }
};

std::optional<Range> parse_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parse_integer(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_integer(text.substr(dash + 1));
  if (!first || !last || *first < 1 || *last > 65535 || *first > *last) return std::nullopt;
  return Range{static_cast<int>(*first), static_cast<int>(*last)};
}

bool known_protocol(std::string_view protocol) {
  return protocol == "tcp" || protocol == "udp" || protocol == "sctp";
}

// One port in long form, before it is written twice: for the model and for the spec.
struct Port {
  std::string host_ip;
  std::string published;  // "": chosen by the runtime; may be a range to choose from
  int target = 0;
  std::string protocol = "tcp";
  std::string mode = "ingress";
  std::string name, app_protocol;
  model::Location where;

  auto identity() const { return std::tie(host_ip, published, target, protocol); }
};

class Reader {
 public:
  explicit Reader(Diagnostics& out) : out_(out) {}

  void read(const Node& node, const Path& path) {
    where_ = to_location(node.where);
    if (node.is_map()) return read_long(node, path);
    if (!node.is_scalar()) return wrong_value(node, path, "a port", accepted, out_);
    if (const std::string cause = read_short(node.text); !cause.empty()) {
      out_.error(node.where, "cannot read " + path.to_string() + ": " + cause);
    }
  }

  const std::vector<Port>& ports() const { return ports_; }

 private:
  // The cause of an error, or "".
  std::string read_short(std::string_view text) {
    const std::string wrong =
        quote(text) + " is not a port (accepted: " + std::string(accepted) + ")";
    Port port;
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
      port.protocol = text.substr(slash + 1);
      for (char& c : port.protocol) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      }
      if (!known_protocol(port.protocol)) return wrong;
      text = text.substr(0, slash);
    }
    const auto last_colon = text.rfind(':');
    const auto target =
        parse_range(last_colon == std::string_view::npos ? text : text.substr(last_colon + 1));
    if (!target) return wrong;
    std::string_view host;
    if (last_colon != std::string_view::npos) {
      host = text.substr(0, last_colon);
      if (const auto colon = host.rfind(':'); colon != std::string_view::npos) {
        std::string_view ip = host.substr(0, colon);
        host = host.substr(colon + 1);
        if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);
        port.host_ip = ip;
      }
    }
    if (host.empty()) return add_each(port, *target, std::nullopt);
    const auto published = parse_range(host);
    if (!published) return wrong;
    if (published->size() == target->size()) return add_each(port, *target, published);
    if (target->size() != 1) {
      return "the ranges of " + quote(text) + " have " + std::to_string(published->size()) +
             " and " + std::to_string(target->size()) + " ports: they must have the same number";
    }
    port.published = host;
    port.target = target->first;
    add(port);
    return {};
  }

  std::string add_each(Port port, const Range& target, const std::optional<Range>& published) {
    for (int i = 0; i < target.size(); ++i) {
      port.target = target.first + i;
      if (published) port.published = std::to_string(published->first + i);
      add(port);
    }
    return {};
  }

  void read_long(const Node& map, const Path& path) {
    check_keys(map, path, keys, out_);
    Port port;
    const auto text = [&](std::string_view key, std::string& into) {
      const Entry* entry = map.find(key);
      if (!entry || entry->value.is_null()) return;
      if (auto value = read_text(entry->value, Path(path, key), out_)) into = std::move(*value);
    };
    text("host_ip", port.host_ip);
    text("published", port.published);
    text("protocol", port.protocol);
    text("mode", port.mode);
    text("name", port.name);
    text("app_protocol", port.app_protocol);
    const Entry* target = map.find("target");
    if (!target) {
      out_.error(map.where, "cannot read " + path.to_string() + ": target is missing");
      return;
    }
    if (auto value =
            read_integer(target->value, Path(path, "target"), out_, 1, 65535, "1 to 65535")) {
      port.target = static_cast<int>(*value);
    }
    if (const Entry* entry = map.find("published");
        entry && !port.published.empty() && port.published != "0" && !parse_range(port.published)) {
      wrong_value(entry->value, Path(path, "published"), "a port", "1 to 65535, or a range", out_);
      return;
    }
    if (port.published == "0") port.published.clear();
    if (!known_protocol(port.protocol)) {
      wrong_value(map.find("protocol")->value, Path(path, "protocol"), "a protocol",
                  "tcp, udp, sctp", out_);
      return;
    }
    if (port.target != 0) add(port);
  }

  // Of equal ports the last one stays, in the first place.
  void add(Port port) {
    port.where = where_;
    const auto same = std::find_if(ports_.begin(), ports_.end(), [&](const Port& other) {
      return other.identity() == port.identity();
    });
    if (same == ports_.end()) {
      ports_.push_back(std::move(port));
    } else {
      *same = std::move(port);
    }
  }

  Diagnostics& out_;
  model::Location where_;
  std::vector<Port> ports_;
};

boost::json::object to_json(const Port& port) {
  boost::json::object json{{"mode", port.mode}};
  if (!port.name.empty()) json["name"] = port.name;
  if (!port.host_ip.empty()) json["host_ip"] = port.host_ip;
  json["target"] = port.target;
  if (!port.published.empty()) json["published"] = port.published;
  json["protocol"] = port.protocol;
  if (!port.app_protocol.empty()) json["app_protocol"] = port.app_protocol;
  return json;
}

}  // namespace

Ports read_ports(const Node& node, const Path& path, Diagnostics& out) {
  Ports result;
  if (!node.is_sequence()) {
    wrong_value(node, path, "a list of ports", accepted, out);
    return result;
  }
  Reader reader(out);
  for (std::size_t i = 0; i < node.items.size(); ++i) reader.read(node.items[i], Path(path, i));
  for (const auto& port : reader.ports()) {
    const auto published = parse_integer(port.published);  // a range is the runtime's to choose
    result.ports.push_back({port.host_ip, static_cast<std::uint16_t>(published.value_or(0)),
                            static_cast<std::uint16_t>(port.target), port.protocol, port.where});
    result.spec.push_back(to_json(port));
  }
  return result;
}

}  // namespace consort::config
