#include "core/cli/user_settings.h"

#include <sys/auxv.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "core/base/file.h"
#include "core/runtime/security.h"

namespace consort::cli {
namespace {

namespace fs = std::filesystem;
using config::ColorWhen;
using config::SettingLevel;

// XDG Base Directory Specification 0.8: a relative path is invalid and is ignored.
fs::path folder_of(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value == '/' ? fs::path(value) : fs::path();
}

void read_one(const fs::path& path, SettingLevel level, const std::string& home, uid_t user,
              UserSettings& settings, config::Diagnostics& out) {
  if (path.empty()) return;
  SettingsFile file{path, level, SettingsFile::State::absent, {}};
  std::error_code ignored;
  if (fs::symlink_status(path, ignored).type() != fs::file_type::not_found) {
    const auto safe = runtime::secure_path(path, user);
    const auto text = safe ? base::read_file(*safe, 1u << 20) : safe.error();
    if (!text) {
      file.state = SettingsFile::State::refused;
      file.reason = text.error().message();
    } else {
      const std::size_t before = out.errors();
      config::read_settings(*text, path.string(), level, home, settings.values, out);
      file.state = out.errors() == before ? SettingsFile::State::read : SettingsFile::State::wrong;
    }
  }
  settings.files.push_back(std::move(file));
}

}  // namespace

std::string_view to_string(SettingsFile::State state) {
  switch (state) {
    case SettingsFile::State::read:
      return "read";
    case SettingsFile::State::absent:
      return "absent";
    case SettingsFile::State::refused:
      return "refused";
    case SettingsFile::State::wrong:
      return "wrong";
  }
  return "absent";
}

SettingsPlaces settings_places() {
  SettingsPlaces places;
  places.system = "/etc/consort/consort.toml";
  if (::getauxval(AT_SECURE) != 0) return places;
  const fs::path home = folder_of("HOME");
  places.home = home.string();
  fs::path folder = folder_of("XDG_CONFIG_HOME");
  if (folder.empty() && !home.empty()) folder = home / ".config";
  if (!folder.empty()) places.user = folder / "consort/consort.toml";
  return places;
}

UserSettings load_settings(const SettingsPlaces& places, uid_t user) {
  UserSettings settings;
  config::Diagnostics out;
  read_one(places.system, SettingLevel::system, places.home, user, settings, out);
  read_one(places.user, SettingLevel::user, places.home, user, settings, out);
  settings.problems =
      out.take(config::Severity::error, {places.system.string(), places.user.string()});
  return settings;
}

Terminal look_at(int fd, const char* ansi, const config::Setting<ColorWhen>& color,
                 const char* no_color, const char* term) {
  const std::string_view when = ansi == nullptr ? "" : ansi;
  if (when == "always") return look_at(fd, Ansi::always, no_color, term);
  if (when == "never") return look_at(fd, Ansi::never, no_color, term);
  Terminal terminal = look_at(fd, Ansi::automatic, no_color, term);
  if (!when.empty()) return terminal;
  const bool no_wish = no_color == nullptr || *no_color == '\0';
  if (color.value == ColorWhen::automatic || (color.level != SettingLevel::user && !no_wish)) {
    return terminal;
  }
  terminal.colors = color.value == ColorWhen::always;
  return terminal;
}

}  // namespace consort::cli
