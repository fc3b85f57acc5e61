#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "core/cli/user_settings.h"

// What `consort config --settings` prints. Pure.
namespace consort::cli {

// A table of the files, then one of the settings with their origins.
std::string settings_text(const UserSettings& settings,
                          const std::vector<config::SettingLine>& lines);

// {"files": [{"path", "level", "state", "reason"}], "settings": [{"name", "value", "origin"}]}
// where the origin is "default" or {"file", "line", "column"}.
boost::json::object settings_json(const UserSettings& settings,
                                  const std::vector<config::SettingLine>& lines);

}  // namespace consort::cli
