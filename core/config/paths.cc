#include "core/config/paths.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "core/config/scalar.h"

namespace consort::config {
namespace {

using Change = std::function<void(Node&)>;

bool is_windows_absolute(std::string_view path) {
  const auto slash = [](char c) { return c == '/' || c == '\\'; };
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (path.size() > 2 && letter(path[0]) && path[1] == ':') return slash(path[2]);
  // Two slashes, HOST, a slash, SHARE, a slash and more.
  if (path.size() < 5 || !slash(path[0]) || !slash(path[1]) || slash(path[2]) || path[2] == '.') {
    return false;
  }
  const auto share = std::find_if(path.begin() + 3, path.end() - 1, slash) + 1;
  if (share >= path.end() || slash(*share) || *share == '.') return false;
  return std::find_if(share, path.end(), slash) != path.end();
}

bool is_remote_context(std::string_view context) {
  if (context.find("://") != std::string_view::npos) return true;
  for (const std::string_view start : {"service:", "github.com/", "git@"}) {
    if (context.starts_with(start)) return true;
  }
  return false;
}

const Node* value_of(const Node& map, std::string_view key) {
  const Entry* entry = map.find(key);
  return entry ? &entry->value : nullptr;
}

bool is(const Node& map, std::string_view key, std::string_view text) {
  const Node* value = value_of(map, key);
  return value && value->is_scalar() && value->text == text;
}

// Calls `change` for each text of a canonical document that is a path; `context` for those that may
// be a URL as well, `mount` for those that are mounted, of which an empty one is the folder itself.
class Paths {
 public:
  Paths(Change change, Change context, Change mount)
      : change_(std::move(change)), context_(std::move(context)), mount_(std::move(mount)) {}

  void walk(Node& document) const {
    each(document, "services", [this](Node& service) { walk_service(service); });
    each(document, "configs", [this](Node& config) { at(config, "file", mount_); });
    each(document, "secrets", [this](Node& secret) { at(secret, "file", mount_); });
    each(document, "volumes", [this](Node& volume) { walk_volume(volume); });
  }

 private:
  template <class Visit>
  static void each(Node& map, std::string_view key, const Visit& visit) {
    Entry* entry = map.find(key);
    if (!entry) return;
    for (auto& below : entry->value.entries) visit(below.value);
    for (auto& item : entry->value.items) visit(item);
  }

  static void at(Node& map, std::string_view key, const Change& change) {
    if (Entry* entry = map.find(key)) scalar(entry->value, change);
  }

  static void scalar(Node& node, const Change& change) {
    // What is no text is refused later, as it stands.
    if (node.is_scalar() && !node.broken && read_scalar(node).type == ScalarType::text) {
      change(node);
    }
  }

  void walk_service(Node& service) const {
    if (Entry* build = service.find("build")) {
      at(build->value, "context", context_);
      each(build->value, "additional_contexts", [this](Node& node) { scalar(node, context_); });
      each(build->value, "ssh", [this](Node& node) { scalar(node, mount_); });
    }
    each(service, "env_file", [this](Node& file) { at(file, "path", change_); });
    each(service, "label_file", [this](Node& file) { scalar(file, change_); });
    if (Entry* extends = service.find("extends")) at(extends->value, "file", change_);
    if (Entry* develop = service.find("develop")) {
      each(develop->value, "watch", [this](Node& trigger) { at(trigger, "path", change_); });
    }
    each(service, "volumes", [this](Node& mount) {
      if (is(mount, "type", "bind")) at(mount, "source", mount_);
    });
    if (Entry* binary = service.find("binary")) at(binary->value, "upload", change_);
    if (Entry* host = service.find("host")) at(host->value, "identity_file", change_);
  }

  // A volume of the local driver that is a bind mount.
  void walk_volume(Node& volume) const {
    Entry* options = volume.find("driver_opts");
    if (options && is(volume, "driver", "local") && is(options->value, "o", "bind")) {
      at(options->value, "device", mount_);
    }
  }

  Change change_;
  Change context_;
  Change mount_;
};

}  // namespace

std::string clean_path(std::string_view path) {
  const bool rooted = path.starts_with('/');
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (part != ".." || (!rooted && (parts.empty() || parts.back() == ".."))) {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  std::string clean = rooted ? "/" : "";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) clean += '/';
    clean += parts[i];
  }
  return clean.empty() ? "." : clean;
}

void resolve_paths(Node& document, const std::filesystem::path& directory) {
  const Change change = [&](Node& node) {
    const std::string& path = node.text;
    if (path.empty() || path[0] == '/' || path[0] == '~' || is_windows_absolute(path)) return;
    node.text = clean_path(directory.string() + '/' + path);
  };
  const Change context = [&](Node& node) {
    if (!is_remote_context(node.text)) change(node);
  };
  const Change mount = [&](Node& node) {
    if (node.text.empty()) {
      node.text = directory.string();
    } else {
      change(node);
    }
  };
  Paths(change, context, mount).walk(document);
}

void expand_home(Node& document, const std::string& home) {
  const Change change = [&](Node& node) {
    if (node.text.starts_with('~')) node.text = clean_path(home + '/' + node.text.substr(1));
  };
  Paths(change, change, change).walk(document);
}

}  // namespace consort::config
