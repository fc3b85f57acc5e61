#include <consort/values.hpp>

#include <filesystem>

#include "plugins/docker/container_body.h"
#include "plugins/docker/run_record.h"

namespace consort::docker {
namespace {

// The engine takes a profile itself, not the name of a file that may be on another machine.
std::string profile_of(const Replica& replica, const std::string& file) {
  std::filesystem::path path(file);
  if (replica.model != nullptr) path = text_at(*replica.model, "directory") / path;
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) {
    throw Error(CONSORT_E_INVALID, "security_opt: there is no " + path.string());
  }
  boost::system::error_code failed;
  const json::value profile = json::parse(read_file(path), failed);
  if (failed) {
    throw Error(CONSORT_E_INVALID, "security_opt: " + path.string() +
                                       " is no seccomp profile: it cannot be read as JSON");
  }
  return json::serialize(profile);
}

}  // namespace

void add_security(const Replica& replica, const json::value& service, json::object& host_config) {
  json::array options;
  for (const auto& entry : array_at(service, "security_opt")) {
    const std::string text = to_text(entry);
    if (text == "systempaths=unconfined") {
      host_config["MaskedPaths"] = json::array();
      host_config["ReadonlyPaths"] = json::array();
      continue;
    }
    const std::size_t separator = std::min(text.find_first_of("=:"), text.size());
    const std::string value = text.substr(std::min(separator + 1, text.size()));
    const bool file = text.substr(0, separator) == "seccomp" && value != "unconfined" &&
                      value != "builtin" && !value.starts_with("{");
    options.emplace_back(file ? "seccomp=" + profile_of(replica, value) : text);
  }
  if (!options.empty()) host_config["SecurityOpt"] = std::move(options);
}

}  // namespace consort::docker
