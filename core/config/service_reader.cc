#include "core/config/service_reader.h"

#include <filesystem>

#include "core/config/read.h"
#include "core/config/runtime_choice.h"
#include "core/config/service_keys.h"

namespace consort::config {

ServiceReader::ServiceReader(const Entry& entry, ServiceContext& context)
    : entry_(entry),
      context_(context),
      out_(context.out),
      errors_before_(context.out.errors()),
      services_("services"),
      path_(services_, entry.key) {}

model::Service ServiceReader::run() {
  service_.name = entry_.key;
  service_.where = to_location(entry_.where);
  const RuntimeChoice choice = choose_runtime(entry_, path_, context_.runtimes, out_);
  service_.runtime = choice.runtime;
  service_.runtime_where = to_location(choice.where);
  for (const auto& entry : entry_.value.entries) read_key(entry);
  if (!choice.oci_runtime.empty()) service_.spec["runtime"] = choice.oci_runtime;
  finish_replicas();
  finish_environment();
  finish_command();
  finish_working_dir();
  finish_healthcheck();
  finish_dependencies();
  if (service_.runtime.empty()) return std::move(service_);
  if (!failed()) check_command();
  note_unused_keys();
  if (!incomplete_) {
    context_.runtimes.check(service_.runtime, service_.spec, entry_.value, path_, out_);
  }
  return std::move(service_);
}

const Node* ServiceReader::value(std::string_view key) const {
  const Entry* entry = entry_.value.find(key);
  return entry && !entry->value.is_null() && !entry->value.broken ? &entry->value : nullptr;
}

void ServiceReader::finish_healthcheck() {
  if (!healthcheck_entry_ || healthcheck_.has_test || healthcheck_.disabled || in_container() ||
      failed()) {
    return;
  }
  out_.error(healthcheck_entry_->where, "cannot read " + Path(path_, "healthcheck").to_string() +
                                            ": test is missing (accepted: test, http or tcp)");
}

void ServiceReader::finish_dependencies() {
  if (!in_container()) return;
  add_implied_dependencies(entry_.value, service_.depends_on);
  if (!service_.depends_on.empty()) {
    service_.spec["depends_on"] = depends_on_json(service_.depends_on);
  }
}

void ServiceReader::finish_replicas() {
  if (scale_ && deploy_count_ && *scale_ != *deploy_count_) {
    out_.error(scale_entry_->where,
               "cannot read " + Path(path_, scale_entry_->shown()).to_string() + ": " +
                   std::to_string(*scale_) + " contradicts deploy.replicas, which is " +
                   std::to_string(*deploy_count_) + " at " +
                   model::to_string(to_location(deploy_replicas_->where)));
  }
  service_.replicas = scale_ ? *scale_ : deploy_count_.value_or(1);
}

void ServiceReader::finish_environment() {
  if (const Node* files = value("env_file"); files && !incomplete_) {
    Environment all;
    read_env_files(*files, Path(path_, "env_file"), context_.project_directory,
                   context_.environment, environment_, context_.read_file, all, out_);
    for (auto& [name, value] : environment_) all.insert_or_assign(name, std::move(value));
    environment_ = std::move(all);
  }
  if (!environment_.empty()) {
    boost::json::object spec;
    spec.reserve(environment_.size());
    for (const auto& [name, value] : environment_) spec[name] = value;
    service_.spec["environment"] = std::move(spec);
  }
  service_.environment = std::move(environment_);
}

void ServiceReader::finish_command() {
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

void ServiceReader::finish_working_dir() {
  std::string directory;
  if (const Node* given = value("working_dir")) {
    directory = read_text(*given, Path(path_, "working_dir"), out_).value_or("");
  }
  if (service_.runtime == "process") {
    directory =
        (std::filesystem::path(context_.project_directory) / directory).lexically_normal().string();
    while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  }
  if (!directory.empty()) service_.spec["working_dir"] = directory;
  service_.working_dir = std::move(directory);
}

void ServiceReader::check_command() {
  if (value("extends")) return;  // what it runs may stand there
  if (!args_.empty() && binary_.empty()) {
    out_.error(entry_.value.find("args")->where, "cannot read " + Path(path_, "args").to_string() +
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

bool ServiceReader::has_use(std::string_view key) const {
  const ServiceKey* known = find_service_key(key);
  if (known && known->use == KeyUse::core) return true;
  if (known && known->use == KeyUse::command && !in_container()) return true;
  return context_.runtimes.uses(service_.runtime, key).value_or(true);
}

void ServiceReader::note_unused_keys() {
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

model::Service read_service(const Entry& entry, ServiceContext& context) {
  return ServiceReader(entry, context).run();
}

}  // namespace consort::config
