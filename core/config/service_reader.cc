#include "core/config/service_reader.h"

#include <filesystem>

#include <boost/json/array.hpp>

#include "core/config/check.h"
#include "core/config/depends_on.h"
#include "core/config/model_json.h"
#include "core/config/ports.h"
#include "core/config/read.h"
#include "core/config/restart.h"
#include "core/config/scalar.h"
#include "core/config/service_keys.h"
#include "core/config/shape.h"
#include "core/config/signals.h"
#include "core/config/to_json.h"
#include "core/config/unused_keys.h"
#include "core/config/values.h"
#include "core/model/limits.h"

namespace consort::config {
ServiceReader::ServiceReader(Entry& entry, ServiceContext& context, Diagnostics& meaning)
    : entry_(entry),
      context_(context),
      form_(context.out),
      out_(meaning),
      errors_before_(form_.errors() + out_.errors()),
      services_("services"),
      path_(services_, entry.key) {}

model::Service ServiceReader::run() {
  service_.name = entry_.key;
  service_.where = to_location(entry_.where);
  const RuntimeChoice choice = choose_runtime(entry_, path_, context_.runtimes, out_);
  service_.runtime = choice.runtime;
  service_.runtime_where = to_location(choice.where);
  check_name();
  check_keys();
  check_values();
  check_texts(entry_.value, path_);
  incomplete_ = context_.has_broken_values && has_broken(entry_.value);
  if (!entry_.value.is_map() && !entry_.value.is_null()) return std::move(service_);
  read_spec(choice);
  service_.profiles = words("profiles");
  if (const Node* needs = value("depends_on")) service_.depends_on = read_depends_on(*needs);
  read_command();
  if (!context_.interpolated) return std::move(service_);  // what a value is, nobody knows yet
  read_replicas();
  read_environment();
  read_working_dir();
  read_healthcheck();
  read_restart();
  read_stop();
  read_umask();
  service_.tty = flag("tty");
  service_.stdin_open = flag("stdin_open");
  if (const Node* ports = value("ports")) service_.ports = read_ports(*ports);
  if (service_.runtime.empty()) return std::move(service_);
  if (!failed()) check_command();
  report_unused_keys(entry_, path_, service_.runtime, context_.runtimes, context_.strict, out_);
  context_.runtimes.check(service_.runtime, service_.spec, entry_.value, path_, out_);
  return std::move(service_);
}

const Node* ServiceReader::value(std::string_view key) const {
  const Entry* entry = entry_.value.find(key);
  return entry && !entry->value.is_null() && !entry->value.broken ? &entry->value : nullptr;
}

Path ServiceReader::path(std::string_view key) const {
  const Entry* entry = entry_.value.find(key);
  return Path(path_, entry ? entry->shown() : key);
}

bool ServiceReader::flag(std::string_view key) const {
  const Node* node = value(key);
  return node && value_of_boolean(*node).value_or(false);
}

std::vector<std::string> ServiceReader::words(std::string_view key) const {
  std::vector<std::string> words;
  const Node* node = value(key);
  if (!node) return words;
  for (const auto& item : node->items) words.push_back(item.text);
  return words;
}

// The rest of a name is judged where the document is. "." and ".." name other folders, and what
// begins with a dash is an option on each command line.
void ServiceReader::check_name() {
  if (!entry_.key.starts_with('.') && !entry_.key.starts_with('-')) return;
  form_.error(entry_.where, "cannot name a service " + quote(entry_.key) +
                                ": the first character must be a letter, a digit or _");
}

// The system would end a text there, and cut a command or a variable short without a word.
void ServiceReader::check_texts(Node& node, const Path& path) {
  const auto has_zero = [](const std::string& text) {
    return text.find('\0') != std::string::npos;
  };
  if (has_zero(node.text)) {
    out_.error(node.where, "cannot read " + path.to_string() + ": a text cannot have a zero byte");
    node.broken = true;
  }
  for (auto& entry : node.entries) {
    if (is_extension(entry.key)) continue;
    if (has_zero(entry.key)) {
      out_.error(entry.where,
                 "cannot read " + path.to_string() + ": a name cannot have a zero byte");
    }
    check_texts(entry.value, Path(path, entry.shown()));
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) check_texts(node.items[i], Path(path, i));
}

void ServiceReader::check_keys() {
  std::vector<std::string_view> known;
  for (const auto& entry : entry_.value.entries) {
    if (is_extension(entry.key) || find_service_key(entry.key) ||
        context_.runtimes.known_key(entry.key)) {
      continue;
    }
    if (known.empty()) {
      for (const auto& key : service_keys()) known.push_back(key.name);
      known.insert(known.end(), context_.runtimes.keys().begin(), context_.runtimes.keys().end());
    }
    unknown_key(entry, path_, known, form_);
  }
}

// What is left once all files are merged. Outside a container a number is as good as its text, and
// no value is no key.
void ServiceReader::check_values() {
  CheckRules rules;
  rules.complete = true;
  rules.exact = in_container();
  if (entry_.value.is_null() && !rules.exact) return;
  check_shape(entry_.value, service_shape, path_, rules, form_);
}

void ServiceReader::read_spec(const RuntimeChoice& choice) {
  Printed printed = print_model(entry_.value, service_shape);
  if (auto* spec = printed.value.if_object()) service_.spec = std::move(*spec);
  service_.spec.erase("runtime");
  if (!choice.oci_runtime.empty()) service_.spec["runtime"] = choice.oci_runtime;
  for (auto& entry : entry_.value.entries) {
    service_.key_where.emplace(entry.key, to_location(entry.where));
    if (find_field(service_shape, entry.key) || is_extension(entry.key)) continue;
    context_.runtimes.give_types(service_.runtime, entry);
    if (!entry.value.is_null()) service_.spec[entry.key] = to_json(entry.value);
  }
}

void ServiceReader::read_replicas() {
  const Node* scale = value("scale");
  const auto wanted = scale ? value_of_whole(*scale) : std::nullopt;
  const Node* deploy = value("deploy");
  const Entry* replicas = deploy ? deploy->find("replicas") : nullptr;
  const auto deployed =
      replicas && replicas->value.is_scalar() ? value_of_whole(replicas->value) : std::nullopt;
  if (wanted && deployed && *wanted != *deployed) {
    out_.error(entry_.value.find("scale")->where,
               "cannot read " + path("scale").to_string() + ": " + std::to_string(*wanted) +
                   " contradicts deploy.replicas, which is " + std::to_string(*deployed) + " at " +
                   model::to_string(to_location(replicas->where)));
  }
  const auto count = wanted ? *wanted : deployed.value_or(1);
  if (count > model::most_replicas) {
    const Path deploy_path(path_, "deploy");
    wrong_value(wanted ? *scale : replicas->value,
                wanted ? path("scale") : Path(deploy_path, "replicas"), "in the range",
                "0 to " + std::to_string(model::most_replicas), out_);
  } else if (count >= 0) {
    service_.replicas = static_cast<std::uint32_t>(count);
  }
  if (wanted && deploy && deploy->is_map()) {
    auto* printed = service_.spec.if_contains("deploy");
    if (printed && printed->is_object()) printed->get_object()["replicas"] = *wanted;
  }
}

void ServiceReader::read_environment() {
  const Node* environment = value("environment");
  if (!environment) return;
  for (const auto& entry : environment->entries) {
    if (entry.value.is_scalar()) service_.environment[entry.key] = plain_text(entry.value);
  }
}

// The file of this machine that is to run on another one: its name is the program's.
const Node* ServiceReader::read_upload(const Node& binary) {
  constexpr std::string_view known[] = {"upload"};
  const Path binary_path = path("binary");
  config::check_keys(binary, binary_path, known, out_);
  const Entry* upload = binary.find("upload");
  if (!upload || !upload->value.is_scalar() || upload->value.text.empty()) {
    wrong_value(upload ? upload->value : binary, binary_path, "a file to upload", "{upload: FILE}",
                out_);
    return nullptr;
  }
  if (service_.runtime == "process") {
    out_.error(upload->where, "cannot read " + Path(binary_path, "upload").to_string() +
                                  ": there is no host to put it on (host: [USER@]NAME)");
  }
  return &upload->value;
}

void ServiceReader::read_command() {
  const Node* binary = value("binary");
  if (binary && binary->is_map()) binary = read_upload(*binary);
  auto append = [this](std::vector<std::string> more) {
    service_.argv.insert(service_.argv.end(), more.begin(), more.end());
  };
  if (in_container()) {
    append(words("command"));
  } else if (binary && !binary->text.empty()) {
    service_.argv = {binary->text};
    append(words("args"));
  } else {
    append(words("entrypoint"));
    append(words("command"));
  }
  if (binary && binary->text.empty()) {
    wrong_value(*binary, path("binary"), "a program", "a name or a path", out_);
  }
}

void ServiceReader::read_working_dir() {
  const Node* given = value("working_dir");
  std::string directory = given ? given->text : std::string();
  if (service_.runtime == "process") {
    const auto included = context_.directories.find(entry_.key);
    const std::filesystem::path start = included != context_.directories.end()
                                            ? included->second
                                            : std::filesystem::path(context_.project_directory);
    directory = (start / directory).lexically_normal().string();
    while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  }
  if (!directory.empty()) service_.spec["working_dir"] = directory;
  service_.working_dir = std::move(directory);
}

void ServiceReader::read_healthcheck() {
  const Entry* entry = entry_.value.find("healthcheck");
  if (!entry || !entry->value.is_map() || has_broken(entry->value)) return;
  const Healthcheck check =
      config::read_healthcheck(*entry, path("healthcheck"), in_container(), out_);
  service_.healthcheck = check.probe;
  if (check.has_test || check.disabled || in_container() || failed()) return;
  out_.error(entry->where, "cannot read " + path("healthcheck").to_string() +
                               ": test is missing (accepted: test, http or tcp)");
}

void ServiceReader::read_restart() {
  const Node* restart = value("restart");
  if (restart && restart->is_scalar()) {
    if (const auto policy = config::read_restart(*restart)) {
      service_.restart = *policy;
    } else if (in_container()) {
      // Compose leaves it to the engine, which refuses it when the container is made.
      out_.warn(restart->where,
                path("restart").to_string() + ": " + quote(restart->text) +
                    " is not a restart policy (accepted: " + std::string(restart_policies) + ")" +
                    suggestion(restart->text, restart_words));
    } else {
      wrong_word(*restart, path("restart"), "a restart policy", restart_policies, restart_words,
                 out_);
    }
  }
  const Node* deploy = value("deploy");
  const Entry* policy = deploy ? deploy->find("restart_policy") : nullptr;
  if (!policy || !policy->value.is_map()) return;
  const Path deploy_path(path_, "deploy");
  service_.restart =
      read_restart_policy(policy->value, Path(deploy_path, "restart_policy"), in_container(), out_);
}

void ServiceReader::read_stop() {
  if (const Node* grace = value("stop_grace_period")) {
    const auto period = model::parse_duration(grace->text);
    if (period && period->count() < 0) {
      wrong_value(*grace, path("stop_grace_period"), "a duration", "10s, 1m30s, 500ms", out_);
    } else if (period) {
      service_.stop_grace_period = *period;
    }
  }
  if (const Node* signal = value("stop_signal")) read_stop_signal(*signal);
}

// Other runtimes may have signals of their own.
void ServiceReader::read_stop_signal(const Node& signal) {
  service_.stop_signal = signal.text;
  if (in_container()) {
    if (signal.text.empty() || is_engine_signal(signal.text)) return;
    // As with restart.
    out_.warn(signal.where, path("stop_signal").to_string() + ": " + quote(signal.text) +
                                " is not a signal (accepted: " + std::string(signal_forms) + ")" +
                                suggestion(signal.text, signal_names()));
  } else if ((service_.runtime == "process" || service_.runtime == "remote") &&
             !is_signal(signal.text)) {
    wrong_word(signal, path("stop_signal"), "a signal", signal_forms, signal_names(), out_);
  }
}

void ServiceReader::read_umask() {
  const Node* umask = value("umask");
  if (!umask) return;
  std::string_view digits = umask->text;
  if (digits.starts_with("0o")) digits.remove_prefix(2);
  while (digits.size() > 3 && digits.starts_with('0')) digits.remove_prefix(1);
  if (digits.empty() || digits.size() > 3 ||
      digits.find_first_not_of("01234567") != std::string_view::npos) {
    service_.spec.erase("umask");
    return wrong_value(*umask, path("umask"), "a file mode mask", "octal: 022, 0077", out_);
  }
  service_.spec["umask"] = std::string(4 - digits.size(), '0').append(digits);
}

void ServiceReader::check_command() {
  if (context_.has_missing_parts) return;  // what it runs may be among them
  if (!words("args").empty() && !value("binary")) {
    out_.error(entry_.value.find("args")->where,
               "cannot read " + path("args").to_string() + ": there is no binary to give them to");
    return;
  }
  if (in_container()) {
    const Node* image = value("image");
    if ((!image || image->text.empty()) && !value("build") && !value("provider")) {
      out_.error(entry_.where, "cannot run service " + service_.name +
                                   " as a container: neither image nor build");
    }
  } else if (service_.argv.empty() &&
             (service_.runtime == "process" || service_.runtime == "remote")) {
    const bool implied = service_.runtime_where == service_.where;
    out_.error(entry_.where, "cannot run service " + service_.name +
                                 ": neither binary nor command" +
                                 (implied ? ", image or build" : ""));
  }
}

model::Service read_service(Entry& entry, ServiceContext& context, bool enabled) {
  Diagnostics untold;
  return ServiceReader(entry, context, enabled ? context.out : untold).run();
}

}  // namespace consort::config
