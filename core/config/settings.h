#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/config/diagnostic.h"
#include "core/config/node.h"
#include "core/config/runtime_schemas.h"

// The person's own settings, consort.toml (docs/settings.md).
namespace consort::config {

// Who set a value; a later one goes before an earlier one.
enum class SettingLevel { built_in, system, user };

template <class T>
struct Setting {
  T value{};
  SettingLevel level = SettingLevel::built_in;
  Mark where = {};  // of the value; none if built in
};

enum class ColorWhen { automatic, always, never };

struct Settings {
  std::vector<Setting<std::string>> plugin_paths;  // absolute, in the order of search
  Setting<std::string> runtime{"process"};         // of a service with neither image nor host
  Setting<std::string> image_runtime{"container"};
  Setting<std::string> host_runtime{"remote"};
  Setting<std::uint64_t> log_max_size{32u << 20};  // bytes of one file of an instance; 0: no limit
  Setting<std::uint32_t> log_max_files{16};
  Setting<ColorWhen> color{ColorWhen::automatic};
  // By the name that the file has: the table's entries, each with its place and level.
  struct Runtime {
    Node table;
    std::map<std::string, SettingLevel, std::less<>> levels;
  };
  std::map<std::string, Runtime, std::less<>> runtimes;

  // The marks' file names.
  std::vector<std::shared_ptr<const std::string>> files;
};

// Lays one file over what was read before: give the system's first, then the user's. Reads what it
// can: a wrong value is told and leaves the one before. `file` is absolute; relative plugin paths
// start at its folder, "~/" at `home`.
void read_settings(std::string_view text, const std::string& file, SettingLevel level,
                   const std::string& home, Settings& settings, Diagnostics& out);

// The tables of `runtimes` by the runtimes' own names, checked with their schemas; also checks that
// the default runtimes are known ones. Warns of tables of runtimes that are not installed.
std::map<std::string, boost::json::object> runtime_settings(const Settings& settings,
                                                            std::span<const RuntimeInfo> runtimes,
                                                            Diagnostics& out);

// One line of `consort config --settings`.
struct SettingLine {
  std::string name;          // "logs.max_size"
  boost::json::value value;  // null: left to the runtime
  model::Location where;     // no place: the default
};
// All there are, sorted by name, those of installed runtimes among them.
std::vector<SettingLine> list_settings(const Settings& settings,
                                       std::span<const RuntimeInfo> runtimes);

std::string_view to_string(ColorWhen color);  // "auto", "always", "never"

}  // namespace consort::config
