#include "core/config/canonical_forms.h"

#include "core/base/text.h"
#include "core/config/read.h"
#include "core/config/shellwords.h"

namespace consort::config {
namespace {

Node text_at(std::string text, const Mark& where) { return make_scalar(std::move(text), where); }

Node list_at(const Node& from) {
  Node list;
  list.kind = Kind::sequence;
  list.where = from.where;
  list.tag = from.tag;
  return list;
}

void strip_brackets(std::string& address) {
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
}

}  // namespace

bool is_short(const Node& node, const Forms& forms) {
  if (!node.is_scalar() || node.broken || node.tag == Tag::reset) return false;
  return forms.interpolated || node.text.find('$') == std::string::npos;
}

void canonicalize_hosts(Node& node, const Path& path, const Forms& forms) {
  if (node.is_sequence()) {
    Node map = make_map(node.where);
    map.tag = node.tag;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node& item = node.items[i];
      if (!item.is_scalar() || item.broken) continue;
      if (!is_short(item, forms)) return;
      auto separator = item.text.find('=');
      if (separator == std::string::npos) separator = item.text.find(':');
      if (separator == std::string::npos) {
        forms.out.error(item.where, "cannot read " + Path(path, i).to_string() + ": " +
                                        quote(item.text) +
                                        " has no address (accepted: NAME=ADDRESS, NAME:ADDRESS)");
        continue;
      }
      const std::string name = item.text.substr(0, separator);
      if (!map.find(name)) map.entries.push_back({name, item.where, list_at(item)});
      for (auto& address : base::split(item.text.substr(separator + 1), ',')) {
        map.find(name)->value.items.push_back(text_at(std::move(address), item.where));
      }
    }
    node = std::move(map);
  }
  for (auto& entry : node.entries) {
    if (entry.key.empty() || entry.key.find_first_of(":=") != std::string::npos) {
      forms.out.error(entry.where, "cannot read " + path.to_string() + ": " + quote(entry.key) +
                                       " is not a host's name");
    }
    if (entry.value.is_scalar()) strip_brackets(entry.value.text);
    for (auto& address : entry.value.items) strip_brackets(address.text);
  }
}

void canonicalize_ssh(Node& node, const Path& path, const Forms& forms) {
  if (!node.is_sequence()) return;
  Node map = make_map(node.where);
  map.tag = node.tag;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Node& item = node.items[i];
    if (!item.is_scalar() || item.broken) continue;
    if (!is_short(item, forms)) return;
    const auto equals = item.text.find('=');
    Node value;
    value.where = item.where;
    if (equals != std::string::npos) {
      value = text_at(item.text.substr(equals + 1), item.where);
    } else if (item.text != "default") {
      forms.out.error(item.where, "cannot read " + Path(path, i).to_string() + ": " +
                                      quote(item.text) +
                                      " has no path (accepted: default, NAME=PATH)");
      continue;
    }
    map.entries.push_back({item.text.substr(0, equals), item.where, std::move(value)});
  }
  node = std::move(map);
}

void canonicalize_command(Node& node, const Path& path, const Forms& forms) {
  if (!is_short(node, forms)) return;
  auto words = split_words(node.text);
  if (!words) {
    forms.out.error(node.where, "cannot read " + path.to_string() + ": " + words.error().message());
    node.broken = true;
    return;
  }
  if (words->ended_at != std::string_view::npos) {
    forms.out.warn(node.where, path.to_string() + ": the command ends before " +
                                   quote(std::string_view(node.text).substr(words->ended_at)) +
                                   ": no shell reads it (for a shell: [sh, -c, \"...\"])");
  }
  Node list = list_at(node);
  for (auto& word : words->words) list.items.push_back(text_at(std::move(word), node.where));
  node = std::move(list);
}

void canonicalize_test(Node& node) {
  if (!node.is_scalar()) return;
  Node list = list_at(node);
  node.tag = Tag::none;
  list.items.push_back(text_at("CMD-SHELL", node.where));
  list.items.push_back(std::move(node));
  node = std::move(list);
}

void canonicalize_gpus(Node& node) {
  if (!node.is_scalar() || node.text != "all") return;
  Node list = list_at(node);
  Node request = make_map(node.where);
  request.entries.push_back({"count", node.where, text_at("all", node.where)});
  list.items.push_back(std::move(request));
  node = std::move(list);
}

void canonicalize_host(Node& node, const Path& path, const Forms& forms) {
  if (!is_short(node, forms)) return;
  std::string_view rest = node.text;
  Node map = make_map(node.where);
  map.tag = node.tag;
  const auto add = [&](std::string_view key, std::string_view text, bool figures = false) {
    Node value = text_at(std::string(text), node.where);
    value.plain = figures;
    map.entries.push_back({std::string(key), node.where, std::move(value)});
  };
  std::string_view user, port;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    user = rest.substr(0, at);
    rest.remove_prefix(at + 1);
  }
  const bool bracketed = rest.starts_with('[');
  const auto end = bracketed ? rest.find(']') : std::string_view::npos;
  const auto colon =
      bracketed ? (end == std::string_view::npos ? end : rest.find(':', end)) : rest.rfind(':');
  // More than one colon without brackets is an IPv6 address.
  if (colon != std::string_view::npos && (bracketed || rest.find(':') == colon)) {
    port = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    const auto number = parse_integer(port);
    if (!number || *number < 1 || *number > 65535) {
      forms.out.error(node.where, "cannot read " + path.to_string() + ": " + quote(port) +
                                      " is not a port (accepted: [USER@]NAME[:PORT])");
      node.broken = true;
      return;
    }
  }
  std::string name(rest);
  strip_brackets(name);
  if (name.empty() || (node.text.find('@') == 0)) {
    return wrong_value(node, path, "a host", "[USER@]NAME[:PORT]", forms.out);
  }
  add("name", name);
  if (!user.empty()) add("user", user);
  if (!port.empty()) add("port", port, true);
  node = std::move(map);
}

void canonicalize_external(Node& resource, const Path& path, const Forms& forms) {
  Entry* external = resource.find("external");
  if (!external || !external->value.is_map()) return;
  Node map = std::move(external->value);
  Node yes = text_at("true", external->where);
  yes.plain = true;
  yes.tag = map.tag;
  external->value = std::move(yes);
  Entry* name = map.find("name");
  if (!name || name->value.is_null()) return;
  forms.out.warn(name->where, Path(path, "external").to_string() +
                                  ".name is deprecated: write external: true and name: " +
                                  quote(name->value.text));
  if (const Entry* own = resource.find("name"); own && !own->value.is_null()) {
    if (own->value.text != name->value.text) {
      forms.out.error(name->where, "cannot read " + Path(path, "external").to_string() +
                                       ".name: it is " + quote(name->value.text) +
                                       " here and name is " + quote(own->value.text) + " at " +
                                       model::to_string(to_location(own->where)) +
                                       " (give name alone)");
    }
    return;
  }
  resource.entries.push_back({"name", name->where, std::move(name->value)});
}

}  // namespace consort::config
