#include "core/cli/settings_text.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "core/cli/table.h"

namespace consort::cli {
namespace {

namespace json = boost::json;

std::string_view level_name(config::SettingLevel level) {
  return level == config::SettingLevel::user ? "user" : "system";
}

}  // namespace

std::string settings_text(const UserSettings& settings,
                          const std::vector<config::SettingLine>& lines) {
  Table files({"FILE", "LEVEL", "STATE"});
  for (const auto& file : settings.files) {
    files.add({file.path.string(), std::string(level_name(file.level)),
               std::string(to_string(file.state))});
  }
  Table table({"SETTING", "VALUE", "ORIGIN"});
  for (const auto& line : lines) {
    const std::string place = model::to_string(line.where);
    table.add({line.name, line.value.is_null() ? "-" : json::serialize(line.value),
               place.empty() ? "default" : place});
  }
  return files.text() + '\n' + table.text();
}

json::object settings_json(const UserSettings& settings,
                           const std::vector<config::SettingLine>& lines) {
  json::array files;
  for (const auto& file : settings.files) {
    files.push_back({{"path", file.path.string()},
                     {"level", level_name(file.level)},
                     {"state", to_string(file.state)},
                     {"reason", file.reason}});
  }
  json::array list;
  for (const auto& line : lines) {
    json::value origin = "default";
    if (line.where.line != 0) {
      origin = {
          {"file", line.where.file}, {"line", line.where.line}, {"column", line.where.column}};
    }
    list.push_back({{"name", line.name}, {"value", line.value}, {"origin", std::move(origin)}});
  }
  return {{"files", std::move(files)}, {"settings", std::move(list)}};
}

}  // namespace consort::cli
