#include "core/config/service.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include <boost/json/array.hpp>

#include "core/base/text.h"
#include "core/config/read.h"
#include "core/config/runtime_choice.h"
#include "core/config/service_keys.h"
#include "core/config/to_json.h"

namespace consort::config {
namespace {

namespace json = boost::json;

json::array to_array(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

class ServiceReader {
 public:
  ServiceReader(const Entry& entry, ServiceContext& context)
      : entry_(entry),
        context_(context),
        out_(context.out),
        services_("services"),
        path_(services_, entry.key) {}

  model::Service run() {
    service_.name = entry_.key;
    service_.where = to_location(entry_.where);
    const RuntimeChoice choice = choose_runtime(entry_, path_, context_.runtimes, out_);
    service_.runtime = choice.runtime;
    service_.runtime_where = to_location(choice.where);
    const std::size_t errors = out_.errors();
    for (const auto& entry : entry_.value.entries) read_key(entry);
    if (!choice.oci_runtime.empty()) service_.spec["runtime"] = choice.oci_runtime;
    finish_replicas();
    finish_environment();
    finish_command();
    finish_working_dir();
    finish_healthcheck();
    if (out_.errors() == errors && !service_.runtime.empty()) {
      check_command();
      note_unused_keys();
      context_.runtimes.check(service_.runtime, service_.spec, entry_.value, path_, out_);
    }
    return std::move(service_);
  }

 private:
  using Read = void (ServiceReader::*)(const Entry&, const Path&);

  // nullptr: the key is kept as the file has it.
  static Read reader_of(std::string_view key);

  void read_key(const Entry& entry) {
    if (is_extension(entry.key)) return;
    if (!find_service_key(entry.key) && !context_.runtimes.known_key(entry.key)) {
      std::vector<std::string_view> known;
      for (const auto& key : service_keys()) known.push_back(key.name);
      known.insert(known.end(), context_.runtimes.keys().begin(), context_.runtimes.keys().end());
      unknown_key(entry, path_, known, out_);
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

  void skip(const Entry&, const Path&) {}

  void text(const Entry& entry, const Path& path) {
    if (auto value = read_text(entry.value, path, out_)) service_.spec[entry.key] = *value;
  }

  void host(const Entry& entry, const Path& path) {
    if (entry.value.is_scalar()) return text(entry, path);
    service_.spec[entry.key] = to_json(entry.value);
  }

  void boolean(const Entry& entry, const Path& path) {
    const auto value = read_bool(entry.value, path, out_);
    if (!value) return;
    service_.spec[entry.key] = *value;
    if (entry.key == "tty") service_.tty = *value;
    if (entry.key == "stdin_open") service_.stdin_open = *value;
  }

  void words(const Entry& entry, const Path& path) {
    if (auto value = read_command(entry.value, path, out_)) {
      service_.spec[entry.key] = to_array(*value);
      (entry.key == "command" ? command_ : entrypoint_) = std::move(*value);
    }
  }

  void binary(const Entry& entry, const Path& path) {
    const auto value = read_text(entry.value, path, out_);
    if (!value) return;
    if (value->empty())
      return wrong_value(entry.value, path, "a program", "a name or a path", out_);
    binary_ = *value;
    service_.spec["binary"] = *value;
  }

  void args(const Entry& entry, const Path& path) {
    if (!entry.value.is_sequence()) {
      return wrong_value(entry.value, path, "a list of arguments", "[first, second]", out_);
    }
    if (auto value = read_texts(entry.value, path, out_)) {
      service_.spec["args"] = to_array(*value);
      args_ = std::move(*value);
    }
  }

  void environment(const Entry& entry, const Path& path) {
    read_environment(entry.value, path, context_.environment, environment_, out_);
  }

  void profiles(const Entry& entry, const Path& path) {
    if (auto value = read_texts(entry.value, path, out_)) {
      service_.spec["profiles"] = to_array(*value);
      service_.profiles = std::move(*value);
    }
  }

  void depends_on(const Entry& entry, const Path& path) {
    service_.depends_on = read_depends_on(entry.value, path, out_);
    service_.spec["depends_on"] = depends_on_json(service_.depends_on);
  }

  void restart(const Entry& entry, const Path& path) {
    model::RestartPolicy policy;
    read_restart(entry.value, path, policy, out_);
    if (!deploy_policy_) service_.restart = policy;
    service_.spec["restart"] = entry.value.text;
  }

  void deploy(const Entry& entry, const Path& path) {
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

  std::optional<std::uint32_t> replica_count(const Node& node, const Path& path) {
    const auto value =
        read_integer(node, path, out_, 0, std::numeric_limits<std::int32_t>::max(), "0, 1, 2, ...");
    if (!value) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
  }

  void scale(const Entry& entry, const Path& path) {
    if (auto value = replica_count(entry.value, path)) {
      service_.spec["scale"] = *value;
      scale_ = *value;
      scale_entry_ = &entry;
    }
  }

  void stop_grace_period(const Entry& entry, const Path& path) {
    if (auto value = read_duration(entry.value, path, out_)) {
      service_.stop_grace_period = *value;
      service_.spec["stop_grace_period"] = model::format_duration(*value);
    }
  }

  void stop_signal(const Entry& entry, const Path& path) {
    if (auto value = read_text(entry.value, path, out_)) {
      service_.spec["stop_signal"] = *value;
      service_.stop_signal = std::move(*value);
    }
  }

  void ports(const Entry& entry, const Path& path) {
    Ports read = read_ports(entry.value, path, out_);
    service_.ports = std::move(read.ports);
    service_.spec["ports"] = std::move(read.spec);
  }

  void ulimits(const Entry& entry, const Path& path) {
    service_.spec["ulimits"] = read_ulimits(entry.value, path, out_);
  }

  void healthcheck(const Entry& entry, const Path& path) {
    healthcheck_entry_ = &entry;
    healthcheck_ = read_healthcheck(entry, path, out_);
    service_.healthcheck = healthcheck_.probe;
    service_.spec["healthcheck"] = healthcheck_.spec;
  }

  void umask(const Entry& entry, const Path& path) {
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

  void finish_replicas() {
    if (scale_ && deploy_count_ && *scale_ != *deploy_count_) {
      out_.error(scale_entry_->where,
                 "cannot read " + Path(path_, scale_entry_->shown()).to_string() + ": " +
                     std::to_string(*scale_) + " contradicts deploy.replicas, which is " +
                     std::to_string(*deploy_count_) + " at " +
                     model::to_string(to_location(deploy_replicas_->where)));
    }
    service_.replicas = scale_ ? *scale_ : deploy_count_.value_or(1);
  }

  void finish_environment() {
    if (const Entry* files = entry_.value.find("env_file"); files && !files->value.is_null()) {
      Environment all;
      read_env_files(files->value, Path(path_, "env_file"), context_.project_directory,
                     context_.environment, environment_, context_.read_file, all, out_);
      for (auto& [name, value] : environment_) all.insert_or_assign(name, std::move(value));
      environment_ = std::move(all);
    }
    if (!environment_.empty()) {
      json::object spec;
      spec.reserve(environment_.size());
      for (const auto& [name, value] : environment_) spec[name] = value;
      service_.spec["environment"] = std::move(spec);
    }
    service_.environment = std::move(environment_);
  }

  bool in_container() const { return service_.runtime == "container"; }

  void finish_command() {
    if (in_container()) {
      service_.argv = command_;
    } else if (!binary_.empty()) {
      service_.argv = {binary_};
      service_.argv.insert(service_.argv.end(), args_.begin(), args_.end());
    } else {
      service_.argv = entrypoint_;
      service_.argv.insert(service_.argv.end(), command_.begin(), command_.end());
    }
  }

  void finish_working_dir() {
    std::string directory;
    if (const Entry* entry = entry_.value.find("working_dir"); entry && !entry->value.is_null()) {
      directory = read_text(entry->value, Path(path_, "working_dir"), out_).value_or("");
    }
    if (service_.runtime == "process") {
      directory = (std::filesystem::path(context_.project_directory) / directory)
                      .lexically_normal()
                      .string();
      while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
    }
    if (!directory.empty()) service_.spec["working_dir"] = directory;
    service_.working_dir = std::move(directory);
  }

  void finish_healthcheck() {
    if (!healthcheck_entry_ || healthcheck_.has_test || healthcheck_.disabled || in_container() ||
        service_.runtime.empty() || out_.failed()) {
      return;
    }
    out_.error(healthcheck_entry_->where, "cannot read " + Path(path_, "healthcheck").to_string() +
                                              ": test is missing (accepted: test, http or tcp)");
  }

  void check_command() {
    if (!args_.empty() && binary_.empty()) {
      out_.error(entry_.value.find("args")->where, "cannot read " +
                                                       Path(path_, "args").to_string() +
                                                       ": there is no binary to give them to");
      return;
    }
    if (in_container()) {
      const auto& spec = service_.spec;
      if (!spec.contains("image") && !spec.contains("build") && !spec.contains("provider")) {
        out_.error(entry_.where, "cannot run service " + service_.name +
                                     " as a container: neither image nor build");
      }
    } else if (service_.argv.empty() &&
               (service_.runtime == "process" || service_.runtime == "remote")) {
      out_.error(entry_.where,
                 "cannot run service " + service_.name + ": neither binary nor command");
    }
  }

  bool has_use(std::string_view key) const {
    const ServiceKey* known = find_service_key(key);
    if (known && known->use == KeyUse::core) return true;
    if (known && known->use == KeyUse::command && !in_container()) return true;
    return context_.runtimes.uses(service_.runtime, key).value_or(true);
  }

  void note_unused_keys() {
    std::string keys;
    std::size_t count = 0;
    for (const auto& entry : entry_.value.entries) {
      if (is_extension(entry.key) || entry.value.is_null() || has_use(entry.key)) continue;
      keys += (count++ ? ", " : "") + quote(entry.key);
    }
    if (count == 0) return;
    out_.warn(entry_.where, path_.to_string() + ": " + (count == 1 ? "key " : "keys ") + keys +
                                (count == 1 ? " has" : " have") + " no use in runtime " +
                                service_.runtime + " and " + (count == 1 ? "is" : "are") +
                                " kept for when the service moves back");
  }

  const Entry& entry_;
  ServiceContext& context_;
  Diagnostics& out_;
  Path services_;
  Path path_;
  model::Service service_;
  std::vector<std::string> command_, entrypoint_, args_;
  std::string binary_;
  Environment environment_;
  Healthcheck healthcheck_;
  const Entry* healthcheck_entry_ = nullptr;
  std::optional<std::uint32_t> scale_, deploy_count_;
  const Entry* scale_entry_ = nullptr;
  const Entry* deploy_replicas_ = nullptr;
  bool deploy_policy_ = false;
};

ServiceReader::Read ServiceReader::reader_of(std::string_view key) {
  static constexpr std::pair<std::string_view, Read> readers[] = {
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
      {"host", &ServiceReader::host},
      {"hostname", &ServiceReader::text},
      {"image", &ServiceReader::text},
      {"init", &ServiceReader::boolean},
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
      {"tty", &ServiceReader::boolean},
      {"ulimits", &ServiceReader::ulimits},
      {"umask", &ServiceReader::umask},
      {"user", &ServiceReader::text},
      {"working_dir", &ServiceReader::skip}};
  const auto* found = std::find_if(std::begin(readers), std::end(readers),
                                   [&](const auto& reader) { return reader.first == key; });
  return found == std::end(readers) ? nullptr : found->second;
}

}  // namespace

model::Service read_service(const Entry& entry, ServiceContext& context) {
  return ServiceReader(entry, context).run();
}

}  // namespace consort::config
