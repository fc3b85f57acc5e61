#include "core/config/settings.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/config/parse_toml.h"
#include "core/config/read.h"

namespace consort::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view sections[] = {"plugins", "defaults", "logs", "output", "runtimes"};
constexpr std::uint64_t least_log_size = 64u
                                         << 10;  // smaller ones rotate faster than they are read
constexpr std::pair<std::string_view, ColorWhen> colors[] = {
    {"auto", ColorWhen::automatic}, {"always", ColorWhen::always}, {"never", ColorWhen::never}};

// Docker's sizes: bytes, or k, m and g of 1024.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t unit = 1;
  if (text.ends_with('b') || text.ends_with('B')) text.remove_suffix(1);
  if (!text.empty()) {
    switch (text.back() | 0x20) {
      case 'k':
        unit = 1u << 10;
        break;
      case 'm':
        unit = 1u << 20;
        break;
      case 'g':
        unit = 1u << 30;
        break;
    }
  }
  if (unit != 1) text.remove_suffix(1);
  const auto number = parse_integer(text);
  if (!number || *number < 0 || *number > (std::int64_t{1} << 33)) return std::nullopt;
  return static_cast<std::uint64_t>(*number) * unit;
}

class Reader {
 public:
  Reader(SettingLevel level, fs::path folder, const std::string& home, Settings& settings,
         Diagnostics& out)
      : level_(level), folder_(std::move(folder)), home_(home), settings_(settings), out_(out) {}

  void file(const Node& document) {
    check_keys(document, Path(), sections, out_);
    section(document, "plugins", {"paths"}, [&](const Node& table, const Path& path) {
      key(table, path, "paths", [&](const Node& v, const Path& p) { plugin_paths(v, p); });
    });
    section(document, "defaults", {"runtime", "image_runtime", "host_runtime"},
            [&](const Node& table, const Path& path) {
              runtime(table, path, "runtime", settings_.runtime);
              runtime(table, path, "image_runtime", settings_.image_runtime);
              runtime(table, path, "host_runtime", settings_.host_runtime);
            });
    section(document, "logs", {"max_size", "max_files"}, [&](const Node& table, const Path& path) {
      key(table, path, "max_size", [&](const Node& v, const Path& p) { log_size(v, p); });
      key(table, path, "max_files", [&](const Node& v, const Path& p) {
        const auto count = read_integer(v, p, out_, 1, 1000, "1 to 1000");
        if (count) set(settings_.log_max_files, static_cast<std::uint32_t>(*count), v);
      });
    });
    section(document, "output", {"color"}, [&](const Node& table, const Path& path) {
      key(table, path, "color", [&](const Node& v, const Path& p) { color(v, p); });
    });
    if (const Entry* runtimes = document.find("runtimes")) {
      const Path path("runtimes");
      if (!expect_table(runtimes->value, path)) return;
      for (const Entry& entry : runtimes->value.entries)
        runtime_table(entry, Path(path, entry.key));
    }
  }

 private:
  template <class T>
  void set(Setting<T>& setting, T value, const Node& node) {
    setting = {std::move(value), level_, node.where};
  }

  bool expect_table(const Node& node, const Path& path) {
    if (node.is_map()) return true;
    wrong_value(node, path, "a table", {}, out_);
    return false;
  }

  template <class Read>
  void section(const Node& document, std::string_view name,
               std::initializer_list<std::string_view> known, Read read) {
    const Entry* entry = document.find(name);
    if (!entry) return;
    const Path path(name);
    if (!expect_table(entry->value, path)) return;
    check_keys(entry->value, path, known, out_);
    read(entry->value, path);
  }

  template <class Read>
  void key(const Node& table, const Path& path, std::string_view name, Read read) {
    if (const Entry* entry = table.find(name)) read(entry->value, Path(path, name));
  }

  void plugin_paths(const Node& node, const Path& path) {
    const auto texts = read_texts(node, path, out_);
    if (!texts) return;
    std::vector<Setting<std::string>> paths;
    for (std::size_t i = 0; i < texts->size(); ++i) {
      const std::string& text = (*texts)[i];
      const fs::path folder =
          text.starts_with("~/") ? fs::path(home_) / text.substr(2) : fs::path(text);
      paths.push_back(
          {(folder_ / folder).lexically_normal().string(), level_, node.items[i].where});
    }
    // The user's folders are sought before the system's.
    settings_.plugin_paths.insert(settings_.plugin_paths.begin(), paths.begin(), paths.end());
  }

  void runtime(const Node& table, const Path& path, std::string_view name,
               Setting<std::string>& setting) {
    key(table, path, name, [&](const Node& node, const Path& place) {
      if (auto text = read_text(node, place, out_)) set(setting, std::move(*text), node);
    });
  }

  void log_size(const Node& node, const Path& path) {
    const bool unlimited = node.is_scalar() && node.text == "unlimited";
    const auto size = !node.is_scalar() ? std::nullopt
                      : unlimited       ? std::optional<std::uint64_t>(0)
                                        : parse_size(node.text);
    if (size && (unlimited || *size >= least_log_size)) {
      set(settings_.log_max_size, *size, node);
    } else {
      wrong_value(node, path, "a size of a log file", "10m, 1g, at least 64k, or \"unlimited\"",
                  out_);
    }
  }

  void color(const Node& node, const Path& path) {
    for (const auto& [word, when] : colors) {
      if (node.is_scalar() && node.text == word) return set(settings_.color, when, node);
    }
    wrong_value(node, path, "a way to use colours", "auto, always, never", out_);
  }

  void runtime_table(const Entry& entry, const Path& path) {
    if (!expect_table(entry.value, path)) return;
    auto& runtime = settings_.runtimes[entry.key];
    runtime.table.kind = Kind::map;
    runtime.table.where = entry.where;
    for (const Entry& member : entry.value.entries) {
      runtime.table.erase(member.key);
      runtime.table.entries.push_back(member);
      runtime.levels[member.key] = level_;
    }
  }

  const SettingLevel level_;
  const fs::path folder_;
  const std::string& home_;
  Settings& settings_;
  Diagnostics& out_;
};

}  // namespace

void read_settings(std::string_view text, const std::string& file, SettingLevel level,
                   const std::string& home, Settings& settings, Diagnostics& out) {
  settings.files.push_back(std::make_shared<const std::string>(file));
  const auto document = parse_toml(text, *settings.files.back(), out);
  if (!document) return;
  Reader(level, fs::path(file).parent_path(), home, settings, out).file(*document);
}

std::string_view to_string(ColorWhen color) {
  const auto found = std::find_if(std::begin(colors), std::end(colors),
                                  [color](const auto& known) { return known.second == color; });
  return found->first;
}

}  // namespace consort::config
