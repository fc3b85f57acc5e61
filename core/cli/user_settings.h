#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/cli/terminal.h"
#include "core/config/settings.h"

// The person's settings: consort.toml of the system and of the user (docs/settings.md).
namespace consort::cli {

// Where they are; a value, so that tests can give another machine's.
struct SettingsPlaces {
  std::filesystem::path system;  // "" = none
  std::filesystem::path user;
  std::string home;
};

// /etc/consort/consort.toml, and consort/consort.toml in $XDG_CONFIG_HOME, else in ~/.config. A
// program with more rights than its caller (AT_SECURE) has no user's file.
SettingsPlaces settings_places();

struct SettingsFile {
  enum class State {
    read,
    absent,
    refused,  // others than root and this user could write it: nothing of it counts
    wrong,    // what can be read of it counts
  };
  std::filesystem::path path;
  config::SettingLevel level = config::SettingLevel::system;
  State state = State::absent;
  std::string reason;  // refused: why
};
std::string_view to_string(SettingsFile::State state);

struct UserSettings {
  config::Settings values;
  std::vector<SettingsFile> files;
  std::vector<config::Diagnostic> problems;  // what is wrong in them
};

// Reads both. `user` is whose files are trusted beside root's.
UserSettings load_settings(const SettingsPlaces& places, uid_t user);

// How a terminal is used: --ansi, else COMPOSE_ANSI (`ansi`, null or empty: neither), else the
// user's output.color, else NO_COLOR, else the system's. Colours from the settings leave repainting
// alone.
Terminal look_at(int fd, const char* ansi, const config::Setting<config::ColorWhen>& color,
                 const char* no_color, const char* term);

}  // namespace consort::cli
