#include "core/cli/run_overrides.h"

#include <algorithm>
#include <cstdlib>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/config/dotenv.h"
#include "core/config/loader.h"

namespace consort::cli {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorKind;

std::string list(const std::vector<std::string>& items) {
  return json::serialize(json::array(items.begin(), items.end()));
}

void erase_items(model::Service& service, const char* key, const std::vector<std::string>& items) {
  auto* value = service.spec.if_contains(key);
  if (value == nullptr || !value->is_array()) return;
  auto& kept = value->get_array();
  for (auto item = kept.begin(); item != kept.end();) {
    const bool named =
        item->is_string() && std::ranges::find(items, item->get_string().c_str()) != items.end();
    item = named ? kept.erase(item) : item + 1;
  }
}

std::optional<std::string> variable(std::string_view name) {
  const char* const value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace

std::string run_overrides(const std::string& service, const Arguments& arguments,
                          const std::map<std::string, std::string>& environment) {
  std::vector<std::string> keys;
  if (const auto entrypoint = arguments.value("entrypoint")) {
    keys.push_back("entrypoint: " + json::serialize(json::string(*entrypoint)));
    keys.push_back("command: []");  // the service's is meant for its own
  }
  for (const auto& [option, key] : {std::pair("label", "labels"),
                                    {"cap-add", "cap_add"},
                                    {"cap-drop", "cap_drop"},
                                    {"volume", "volumes"}}) {
    const auto values = arguments.values(option);
    if (!values.empty()) keys.push_back(std::string(key) + ": " + list(values));
  }
  if (const auto ports = arguments.values("publish"); !ports.empty()) {
    keys.push_back(std::string("ports: ") + (arguments.flag("service-ports") ? "" : "!override ") +
                   list(ports));
  }
  if (!environment.empty()) {
    json::object variables;
    for (const auto& [name, value] : environment) variables[name] = value;
    keys.push_back("environment: " + json::serialize(variables));
  }
  if (keys.empty()) return {};
  return "services: {" + json::serialize(json::string(service)) + ": {" + base::join(keys, ", ") +
         "}}";
}

void settle_capabilities(model::Service& service, const Arguments& arguments) {
  erase_items(service, "cap_add", arguments.values("cap-drop"));
  erase_items(service, "cap_drop", arguments.values("cap-add"));
}

base::Result<std::map<std::string, std::string>> variables_of_files(const Arguments& arguments) {
  std::map<std::string, std::string> variables;
  config::Diagnostics problems;
  const auto files = arguments.values("env-from-file");
  for (const auto& file : files) {
    const auto text = base::read_file(file, config::ParseLimits{}.bytes, base::Readable::streams);
    if (!text) return text.error();
    for (auto& line : config::parse_dotenv(*text, file, variable, problems)) {
      if (line.value) variables[line.name] = std::move(*line.value);
    }
  }
  const auto errors = problems.take(config::Severity::error, files);
  if (errors.empty()) return variables;
  return Error(ErrorKind::invalid, config::to_string(errors));
}

}  // namespace consort::cli
