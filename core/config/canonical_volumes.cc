#include <string>

#include "core/base/text.h"
#include "core/config/canonical_forms.h"
#include "core/config/paths.h"

namespace consort::config {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// Fields between colons; the colon of a drive letter (C:\data) belongs to its field.
std::vector<std::string> fields_of(std::string_view text) {
  std::vector<std::string> fields(1);
  for (const char c : text) {
    std::string& field = fields.back();
    if (c == ':' && !(field.size() == 1 && is_letter(field[0]))) {
      fields.emplace_back();
    } else {
      field += c;
    }
  }
  return fields;
}

// Source: compose-go, format/volume.go.
bool is_path(std::string_view source) {
  if (source.empty()) return false;
  if (source[0] == '.' || source[0] == '/' || source[0] == '~') return true;
  return source.starts_with("\\\\") ||
         (source.size() > 1 && is_letter(source[0]) && source[1] == ':');
}

bool is_propagation(std::string_view option) {
  for (const std::string_view known :
       {"rprivate", "private", "rshared", "shared", "rslave", "slave"}) {
    if (option == known) return true;
  }
  return false;
}

class Mount {
 public:
  explicit Mount(Mark where) : map_(make_map(where)) {}

  void set(Node& map, std::string_view key, std::string text, bool word = false) {
    Node value = make_scalar(std::move(text), map_.where);
    value.plain = word;
    if (Entry* entry = map.find(key)) {
      entry->value = std::move(value);
    } else {
      map.entries.push_back({std::string(key), map_.where, std::move(value)});
    }
  }
  void set(std::string_view key, std::string text, bool word = false) {
    set(map_, key, std::move(text), word);
  }
  Node& part(std::string_view key) {
    if (Entry* entry = map_.find(key)) return entry->value;
    map_.entries.push_back({std::string(key), map_.where, make_map(map_.where)});
    return map_.entries.back().value;
  }
  void option(std::string_view option) {
    if (option == "ro") {
      set("read_only", "true", true);
    } else if (option == "rw") {
      map_.erase("read_only");
    } else if (option == "nocopy") {
      set(part("volume"), "nocopy", "true", true);
    } else if (is_propagation(option)) {
      set(part("bind"), "propagation", std::string(option));
    } else if (option == "z" || option == "Z") {
      set(part("bind"), "selinux", std::string(option));
    }  // anything else is passed over, as Compose does
  }
  Node take() { return std::move(map_); }

 private:
  Node map_;
};

}  // namespace

void canonicalize_volume(Node& node, const Path& path, const Forms& forms) {
  if (!is_short(node, forms)) return;
  const auto fail = [&](const std::string& cause) {
    forms.out.error(node.where, "cannot read " + path.to_string() + ": " + quote(node.text) + ": " +
                                    cause +
                                    " (accepted: TARGET, SOURCE:TARGET, "
                                    "SOURCE:TARGET:OPTIONS)");
    node.broken = true;
  };
  if (node.text.empty()) return fail("it is empty");
  auto fields = fields_of(node.text);
  if (node.text.size() <= 2) fields = {node.text};
  if (fields.size() > 3) return fail("it has too many colons");
  for (const auto& field : fields) {
    if (field.empty()) return fail("there is nothing between two colons, or at an end");
  }
  const std::string source = fields.size() > 1 ? fields[0] : std::string();
  Mount mount(node.where);
  mount.set("type", is_path(source) ? "bind" : "volume");
  if (!source.empty()) mount.set("source", source);
  mount.set("target", clean_path(fields.size() > 1 ? fields[1] : fields[0]));
  if (fields.size() == 3) {
    for (const auto& option : base::split(fields[2], ',')) mount.option(option);
  }
  if (is_path(source)) {
    mount.set(mount.part("bind"), "create_host_path", "true", true);
  } else if (node.text.size() > 2) {
    mount.part("volume");
  }
  const Tag tag = node.tag;
  node = mount.take();
  node.tag = tag;
}

void canonicalize_device(Node& node, const Path& path, const Forms& forms) {
  if (!is_short(node, forms)) return;
  const auto fields = base::split(node.text, ':');
  if (fields.size() > 3) {
    forms.out.error(node.where, "cannot read " + path.to_string() + ": " + quote(node.text) +
                                    " has too many colons (accepted: "
                                    "SOURCE[:TARGET[:PERMISSIONS]], or a map with source and "
                                    "target)");
    node.broken = true;
    return;
  }
  Mount device(node.where);
  device.set("source", fields[0]);
  device.set("target", fields.size() > 1 && !fields[1].empty() ? fields[1] : fields[0]);
  device.set("permissions", fields.size() > 2 ? fields[2] : "rwm");
  const Tag tag = node.tag;
  node = device.take();
  node.tag = tag;
}

}  // namespace consort::config
