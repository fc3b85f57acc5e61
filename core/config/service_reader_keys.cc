#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <boost/json/array.hpp>

#include "core/config/lists.h"
#include "core/config/read.h"
#include "core/config/service_keys.h"
#include "core/config/service_reader.h"
#include "core/config/to_json.h"

namespace consort::config {
namespace {

namespace json = boost::json;

json::array to_array(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

bool has_broken(const Node& node) {
  return node.broken || std::any_of(node.items.begin(), node.items.end(), has_broken) ||
         std::any_of(node.entries.begin(), node.entries.end(),
                     [](const Entry& entry) { return has_broken(entry.value); });
}

}  // namespace

ServiceReader::Read ServiceReader::reader_of(std::string_view key) {
  static constexpr std::pair<std::string_view, Read> readers[] = {
      {"annotations", &ServiceReader::text_by_name},
      {"args", &ServiceReader::args},
      {"binary", &ServiceReader::binary},
      {"command", &ServiceReader::words},
      {"container_name", &ServiceReader::text},
      {"depends_on", &ServiceReader::depends_on},
      {"deploy", &ServiceReader::deploy},
      {"domainname", &ServiceReader::text},
      {"entrypoint", &ServiceReader::words},
      {"env_file", &ServiceReader::skip},
      {"environment", &ServiceReader::environment},
      {"healthcheck", &ServiceReader::healthcheck},
      {"host", &ServiceReader::text_or_map},
      {"hostname", &ServiceReader::text},
      {"image", &ServiceReader::text},
      {"init", &ServiceReader::boolean},
      {"labels", &ServiceReader::text_by_name},
      {"network_mode", &ServiceReader::text},
      {"platform", &ServiceReader::text},
      {"ports", &ServiceReader::ports},
      {"privileged", &ServiceReader::boolean},
      {"profiles", &ServiceReader::profiles},
      {"pull_policy", &ServiceReader::text},
      {"read_only", &ServiceReader::boolean},
      {"restart", &ServiceReader::restart},
      {"runtime", &ServiceReader::skip},
      {"scale", &ServiceReader::scale},
      {"stdin_open", &ServiceReader::boolean},
      {"stop_grace_period", &ServiceReader::stop_grace_period},
      {"stop_signal", &ServiceReader::stop_signal},
      {"sysctls", &ServiceReader::text_by_name},
      {"tty", &ServiceReader::boolean},
      {"ulimits", &ServiceReader::ulimits},
      {"umask", &ServiceReader::umask},
      {"user", &ServiceReader::text},
      {"working_dir", &ServiceReader::skip}};
  const auto* found = std::find_if(std::begin(readers), std::end(readers),
                                   [&](const auto& reader) { return reader.first == key; });
  return found == std::end(readers) ? nullptr : found->second;
}

void ServiceReader::unknown(const Entry& entry) {
  std::vector<std::string_view> known;
  for (const auto& key : service_keys()) known.push_back(key.name);
  known.insert(known.end(), context_.runtimes.keys().begin(), context_.runtimes.keys().end());
  unknown_key(entry, path_, known, out_);
}

void ServiceReader::read_key(const Entry& entry) {
  if (is_extension(entry.key)) return;
  if (!find_service_key(entry.key) && !context_.runtimes.known_key(entry.key)) {
    return unknown(entry);
  }
  if (context_.has_broken_values && has_broken(entry.value)) {
    incomplete_ = true;
    service_.spec[entry.key] = nullptr;
    return;
  }
  if (entry.value.is_null()) {
    if (entry.key == "command" || entry.key == "entrypoint") service_.spec[entry.key] = nullptr;
    return;
  }
  const Path path(path_, entry.shown());
  if (const Read read = reader_of(entry.key)) {
    (this->*read)(entry, path);
  } else {
    service_.spec[entry.key] = to_json(entry.value);
  }
}

void ServiceReader::text_or_map(const Entry& entry, const Path& path) {
  if (entry.value.is_scalar()) return text(entry, path);
  service_.spec[entry.key] = to_json(entry.value);
}

void ServiceReader::text(const Entry& entry, const Path& path) {
  if (auto value = read_text(entry.value, path, out_)) service_.spec[entry.key] = *value;
}

void ServiceReader::text_by_name(const Entry& entry, const Path& path) {
  Node map = entry.value;
  list_to_map(map);
  if (!map.is_map()) {
    return wrong_value(entry.value, path, "a map or a list of NAME=value", {}, out_);
  }
  json::object spec;
  for (const auto& member : map.entries) {
    if (member.value.is_null()) {
      spec[member.key] = "";
    } else if (auto value = read_text(member.value, Path(path, member.key), out_)) {
      spec[member.key] = *value;
    }
  }
  service_.spec[entry.key] = std::move(spec);
}

void ServiceReader::boolean(const Entry& entry, const Path& path) {
  const auto value = read_bool(entry.value, path, out_);
  if (!value) return;
  service_.spec[entry.key] = *value;
  if (entry.key == "tty") service_.tty = *value;
  if (entry.key == "stdin_open") service_.stdin_open = *value;
}

void ServiceReader::words(const Entry& entry, const Path& path) {
  if (auto value = read_command(entry.value, path, out_)) {
    service_.spec[entry.key] = to_array(*value);
    (entry.key == "command" ? command_ : entrypoint_) = std::move(*value);
  }
}

void ServiceReader::binary(const Entry& entry, const Path& path) {
  const auto value = read_text(entry.value, path, out_);
  if (!value) return;
  if (value->empty()) return wrong_value(entry.value, path, "a program", "a name or a path", out_);
  binary_ = *value;
  service_.spec["binary"] = *value;
}

void ServiceReader::args(const Entry& entry, const Path& path) {
  if (!entry.value.is_sequence()) {
    return wrong_value(entry.value, path, "a list of arguments", "[first, second]", out_);
  }
  if (auto value = read_texts(entry.value, path, out_)) {
    service_.spec["args"] = to_array(*value);
    args_ = std::move(*value);
  }
}

void ServiceReader::environment(const Entry& entry, const Path& path) {
  read_environment(entry.value, path, context_.environment, environment_, out_);
}

void ServiceReader::profiles(const Entry& entry, const Path& path) {
  if (auto value = read_texts(entry.value, path, out_)) {
    service_.spec["profiles"] = to_array(*value);
    service_.profiles = std::move(*value);
  }
}

void ServiceReader::depends_on(const Entry& entry, const Path& path) {
  service_.depends_on = read_depends_on(entry.value, path, out_);
  service_.spec["depends_on"] = depends_on_json(service_.depends_on);
}

void ServiceReader::restart(const Entry& entry, const Path& path) {
  model::RestartPolicy policy;
  read_restart(entry.value, path, policy, out_);
  if (!deploy_policy_) service_.restart = policy;
  service_.spec["restart"] = entry.value.text;
}

void ServiceReader::deploy(const Entry& entry, const Path& path) {
  static constexpr std::array<std::string_view, 9> keys = {
      "mode",          "endpoint_mode", "replicas",       "labels",   "rollback_config",
      "update_config", "resources",     "restart_policy", "placement"};
  if (!expect_map(entry.value, path, out_)) return;
  check_keys(entry.value, path, keys, out_);
  json::object spec = to_json(entry.value).as_object();
  if (const Entry* policy = entry.value.find("restart_policy");
      policy && !policy->value.is_null()) {
    deploy_policy_ = true;
    service_.restart = {};
    read_restart_policy(policy->value, Path(path, "restart_policy"), service_.restart, out_);
  }
  if (const Entry* count = entry.value.find("replicas"); count && !count->value.is_null()) {
    if (auto value = replica_count(count->value, Path(path, "replicas"))) {
      spec["replicas"] = *value;
      deploy_replicas_ = count;
      deploy_count_ = *value;
    }
  }
  service_.spec["deploy"] = std::move(spec);
}

std::optional<std::uint32_t> ServiceReader::replica_count(const Node& node, const Path& path) {
  const auto value =
      read_integer(node, path, out_, 0, std::numeric_limits<std::int32_t>::max(), "0, 1, 2, ...");
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

void ServiceReader::scale(const Entry& entry, const Path& path) {
  if (auto value = replica_count(entry.value, path)) {
    service_.spec["scale"] = *value;
    scale_ = *value;
    scale_entry_ = &entry;
  }
}

void ServiceReader::stop_grace_period(const Entry& entry, const Path& path) {
  if (auto value = read_duration(entry.value, path, out_)) {
    service_.stop_grace_period = *value;
    service_.spec["stop_grace_period"] = model::format_duration(*value);
  }
}

void ServiceReader::stop_signal(const Entry& entry, const Path& path) {
  if (auto value = read_text(entry.value, path, out_)) {
    service_.spec["stop_signal"] = *value;
    service_.stop_signal = std::move(*value);
  }
}

void ServiceReader::ports(const Entry& entry, const Path& path) {
  Ports read = read_ports(entry.value, path, out_);
  service_.ports = std::move(read.ports);
  service_.spec["ports"] = std::move(read.spec);
}

void ServiceReader::ulimits(const Entry& entry, const Path& path) {
  service_.spec["ulimits"] = read_ulimits(entry.value, path, out_);
}

void ServiceReader::healthcheck(const Entry& entry, const Path& path) {
  healthcheck_entry_ = &entry;
  healthcheck_ = read_healthcheck(entry, path, out_);
  service_.healthcheck = healthcheck_.probe;
  service_.spec["healthcheck"] = healthcheck_.spec;
}

void ServiceReader::umask(const Entry& entry, const Path& path) {
  std::string_view digits =
      entry.value.is_scalar() ? std::string_view(entry.value.text) : std::string_view();
  if (digits.starts_with("0o")) digits.remove_prefix(2);
  while (digits.size() > 3 && digits.starts_with('0')) digits.remove_prefix(1);
  if (digits.empty() || digits.size() > 3 ||
      digits.find_first_not_of("01234567") != std::string_view::npos) {
    return wrong_value(entry.value, path, "a file mode mask", "octal: 022, 0077", out_);
  }
  service_.spec["umask"] = std::string(4 - digits.size(), '0').append(digits);
}

}  // namespace consort::config
