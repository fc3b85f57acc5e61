#include <arpa/inet.h>

#include <algorithm>
#include <optional>
#include <string>

#include "core/config/canonical_forms.h"
#include "core/config/read.h"

namespace consort::config {
namespace {

constexpr std::string_view accepted =
    "[IP:]HOST:PORT, PORT, ranges such as 8000-8010:8000-8010, each with /tcp, /udp or /sctp";

// Of one document: each becomes several values, which its text does not count for.
constexpr int most_ports = 65'535;

struct Range {
  int first = 0;
  int last = 0;
  int size() const { return last - first + 1; }
};

std::optional<Range> parse_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parse_integer(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_integer(text.substr(dash + 1));
  if (!first || !last || *first < 0 || *last > 65535 || *first > *last) return std::nullopt;
  return Range{static_cast<int>(*first), static_cast<int>(*last)};
}

bool is_address(const std::string& ip) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, ip.c_str(), bytes) == 1 || inet_pton(AF_INET6, ip.c_str(), bytes) == 1;
}

// What a short form says, before a range becomes several ports.
struct Binding {
  std::string ip;
  std::optional<Range> published;
  Range target;
  std::string protocol = "tcp";
};

class ShortPort {
 public:
  explicit ShortPort(std::string_view text) : text_(text) {}

  // Ports in the order of their texts, as Compose lists them.
  std::optional<Binding> run() {
    std::string_view rest = text_;
    Binding binding;
    // The last two fields are ports, so that an IPv6 address needs no brackets.
    const auto last_colon = rest.rfind(':');
    std::string_view target =
        last_colon == std::string_view::npos ? rest : rest.substr(last_colon + 1);
    if (const auto slash = target.find('/'); slash != std::string_view::npos) {
      if (!read_protocol(target.substr(slash + 1), binding)) return {};
      target = target.substr(0, slash);
    }
    const auto targets = parse_range(target);
    if (!targets) return wrong(target);
    binding.target = *targets;
    if (last_colon == std::string_view::npos) return binding;
    std::string_view host = rest.substr(0, last_colon);
    if (const auto colon = host.rfind(':'); colon != std::string_view::npos) {
      std::string_view ip = host.substr(0, colon);
      host = host.substr(colon + 1);
      if (ip.size() > 1 && ip.starts_with('[') && ip.ends_with(']')) {
        ip = ip.substr(1, ip.size() - 2);
      }
      binding.ip = ip;
      if (!ip.empty() && !is_address(binding.ip)) return fail(quote(ip) + " is no IP address");
    }
    if (host.empty()) return binding;
    binding.published = parse_range(host);
    if (!binding.published) return wrong(host);
    if (binding.published->size() != targets->size() && targets->size() != 1) {
      return fail("the ranges have " + std::to_string(binding.published->size()) + " and " +
                  std::to_string(targets->size()) + " ports, they must have the same number");
    }
    return binding;
  }

  const std::string& cause() const { return cause_; }

 private:
  // The whole text is no port, or this part of it.
  std::optional<Binding> wrong(std::string_view part) {
    if (part == text_) return std::nullopt;
    const bool figures = part.find_first_not_of("0123456789-") == std::string_view::npos;
    return fail(quote(part) + (figures && !part.empty() ? " is out of range" : " is no number"));
  }

  std::optional<Binding> fail(std::string cause) {
    cause_ = std::move(cause);
    return std::nullopt;
  }

  bool read_protocol(std::string_view text, Binding& binding) {
    if (text.empty()) return true;
    binding.protocol = text;
    for (char& c : binding.protocol) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (binding.protocol == "tcp" || binding.protocol == "udp" || binding.protocol == "sctp") {
      return true;
    }
    cause_ = quote(text) + " is no protocol";
    return false;
  }

  std::string_view text_;
  std::string cause_;
};

void add_port(std::vector<Node>& ports, const Binding& binding, int offset, const Node& from) {
  Node port = make_map(from.where);
  const auto add = [&](std::string_view key, std::string text, bool figures = false) {
    Node value = make_scalar(std::move(text), from.where);
    value.plain = figures;
    port.entries.push_back({std::string(key), from.where, std::move(value)});
  };
  add("mode", "ingress");
  if (!binding.ip.empty()) add("host_ip", binding.ip);
  add("target", std::to_string(binding.target.first + offset), true);
  if (binding.published) {
    std::string published = std::to_string(binding.published->first + offset);
    if (binding.target.size() == 1 && binding.published->size() > 1) {
      published += '-' + std::to_string(binding.published->last);
    }
    add("published", std::move(published));
  }
  add("protocol", binding.protocol);
  ports.push_back(std::move(port));
}

}  // namespace

void canonicalize_ports(Node& list, const Path& path, const Forms& forms) {
  if (!list.is_sequence()) return;
  std::vector<Node> ports;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    Node& item = list.items[i];
    if (!is_short(item, forms)) {
      ports.push_back(std::move(item));
      continue;
    }
    ShortPort reader(item.text);
    const auto binding = reader.run();
    if (!binding) {
      forms.out.error(item.where, "cannot read " + Path(path, i).to_string() + ": " +
                                      quote(item.text) + " is not a port" +
                                      (reader.cause().empty() ? "" : ": " + reader.cause()) +
                                      " (accepted: " + std::string(accepted) + ")");
      continue;
    }
    forms.ports += binding->target.size();
    if (forms.ports > most_ports) {
      forms.out.error(item.where, "cannot read " + Path(path, i).to_string() +
                                      ": the ranges of the file have more than " +
                                      std::to_string(most_ports) + " ports");
      break;
    }
    std::vector<int> offsets;
    for (int offset = 0; offset < binding->target.size(); ++offset) offsets.push_back(offset);
    std::sort(offsets.begin(), offsets.end(), [&](int a, int b) {
      return std::to_string(binding->target.first + a) < std::to_string(binding->target.first + b);
    });
    for (const int offset : offsets) add_port(ports, *binding, offset, item);
  }
  list.items = std::move(ports);
}

}  // namespace consort::config
