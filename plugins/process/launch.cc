#include "plugins/process/launch.h"

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include <boost/json.hpp>
#include <consort/log_limits.hpp>

#include "plugins/process/account.h"
#include "plugins/process/executable.h"
#include "plugins/process/limits.h"
#include "plugins/process/shim/protocol.h"
#include "plugins/process/signals.h"
#include "plugins/process/spec_text.h"

namespace consort::process {
namespace {

namespace json = boost::json;

// A string member, or "" where there is none.
std::string text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string path_of(const Strings& env) {
  std::string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const std::string_view variable : env) {
    if (variable.starts_with("PATH=")) path = variable.substr(5);
  }
  return path;
}

class Preparation {
 public:
  Preparation(const Task& task, const Settings& settings) : task_(task), settings_(settings) {}

  Launch run() {
    boost::system::error_code failed;
    const json::value parsed = json::parse(task_.service_json, failed);
    if (!failed && parsed.is_object()) service_ = parsed.get_object();
    spec_.add("version", shim::protocol_version).add("id", task_.instance);
    spec_.add("exit_dir", settings_.exit_dir).add("fifo_dir", settings_.fifo_dir);
    directory();
    program();
    who();
    limits();
    ending();
    spec_.add("stdin", task_.stdin_open ? "closable" : "null");
    spec_.add("tty", task_.tty ? "1" : "0");
    if (const std::string umask = text(service_, "umask"); !umask.empty())
      spec_.add("umask", umask);
    logging();
    return {obstacles_.empty() ? spec_.str() : std::string(), std::move(obstacles_)};
  }

 private:
  void refuse(std::string pointer, std::string message) {
    obstacles_.push_back({std::move(pointer), std::move(message)});
  }

  void directory() {
    struct stat info {};
    const std::string directory(task_.working_dir.empty() ? "/" : task_.working_dir);
    if (::stat(directory.c_str(), &info) != 0) {
      refuse("/working_dir", "cannot use working_dir " + directory + ": " + std::strerror(errno));
    } else if (!S_ISDIR(info.st_mode)) {
      refuse("/working_dir", "cannot use working_dir " + directory + ": not a directory");
    }
    spec_.add("cwd", directory);
  }

  void program() {
    const char* pointer = service_.contains("binary")       ? "/binary"
                          : service_.contains("entrypoint") ? "/entrypoint"
                                                            : "/command";
    if (task_.argv.empty()) return refuse(pointer, "cannot run: there is no command");
    const Executable program =
        locate_executable(task_.argv[0], task_.working_dir, path_of(task_.env));
    if (program.path.empty()) refuse(pointer, program.error);
    spec_.add("exec", program.path);
    for (const std::string_view arg : task_.argv) spec_.add("arg", arg);
  }

  // A service that runs as another user gets that user's HOME, USER and LOGNAME, unless it sets
  // them itself: the inherited ones are the supervisor's.
  void who() {
    std::vector<std::string> group_add;
    if (const auto* groups = service_.if_contains("group_add"); groups && groups->is_array()) {
      for (const auto& group : groups->get_array()) {
        group_add.push_back(group.is_string() ? std::string(group.get_string())
                                              : json::serialize(group));
      }
    }
    const std::string user = text(service_, "user");
    auto resolved = resolve_account(user, group_add);
    if (const auto* error = std::get_if<std::string>(&resolved)) return refuse("/user", *error);
    const Account& account = std::get<Account>(resolved);
    if (const std::string why = cannot_become(account); !why.empty()) return refuse("/user", why);
    std::vector<std::pair<std::string, std::string>> own;
    if (!user.empty() || !group_add.empty()) {
      spec_.add("uid", account.uid).add("gid", account.gid);
      for (const gid_t group : account.groups) spec_.add("group", group);
      if (!account.name.empty()) {
        own = {{"HOME", account.home}, {"USER", account.name}, {"LOGNAME", account.name}};
      }
    }
    environment(own);
  }

  void environment(const std::vector<std::pair<std::string, std::string>>& own) {
    const auto* set = service_.if_contains("environment");
    const auto replaced = [&](std::string_view name) {
      if (set != nullptr && set->is_object() && set->get_object().contains(name)) return false;
      return std::any_of(own.begin(), own.end(), [&](const auto& v) { return v.first == name; });
    };
    for (const std::string_view variable : task_.env) {
      if (!replaced(variable.substr(0, variable.find('=')))) spec_.add("env", variable);
    }
    for (const auto& [name, value] : own) {
      if (replaced(name)) spec_.add("env", name + "=" + value);
    }
  }

  void limits() {
    bool has_nofile = false;
    if (const auto* ulimits = service_.if_contains("ulimits"); ulimits && ulimits->is_object()) {
      for (const auto& [name, value] : ulimits->get_object()) {
        limit(std::string(name), value);
        has_nofile = has_nofile || name == "nofile";
      }
    }
    if (!has_nofile) add_limit("nofile", settings_.nofile.rlim_cur, settings_.nofile.rlim_max);
  }

  void limit(const std::string& name, const json::value& value) {
    const auto resource = limit_resource(name);
    if (!resource) return;  // the schema has said so
    Limit wanted{*resource, 0, 0};
    if (value.is_object()) {
      wanted.soft = limit_value(value.get_object().at("soft").to_number<std::int64_t>());
      wanted.hard = limit_value(value.get_object().at("hard").to_number<std::int64_t>());
    } else {
      wanted.soft = wanted.hard = limit_value(value.to_number<std::int64_t>());
    }
    if (const std::string why = cannot_grant(name, wanted); !why.empty()) {
      return refuse("/ulimits/" + name, why);
    }
    add_limit(name, wanted.soft, wanted.hard);
  }

  void add_limit(std::string_view name, rlim_t soft, rlim_t hard) {
    const auto value = [](rlim_t v) {
      return v == RLIM_INFINITY ? std::string("-1") : std::to_string(v);
    };
    spec_.add("rlimit", std::string(name) + ":" + value(soft) + ":" + value(hard));
  }

  void ending() {
    int signal = SIGTERM;
    if (!task_.stop_signal.empty()) {
      const auto number = signal_number(task_.stop_signal);
      if (!number) {
        refuse("/stop_signal", "cannot stop with \"" + std::string(task_.stop_signal) +
                                   "\": there is no such signal");
      }
      signal = number.value_or(SIGTERM);
    }
    spec_.add("stop_signal", static_cast<std::uint64_t>(signal));
    spec_.add("grace_ms", std::clamp<std::int64_t>(task_.stop_grace.count(), 0, UINT32_MAX));
  }

  void logging() {
    LogLimits limits{settings_.log_max_bytes, settings_.log_max_files};
    const auto* log = service_.if_contains("logging");
    const auto* options =
        log && log->is_object() ? log->get_object().if_contains("options") : nullptr;
    if (options != nullptr && options->is_object()) {
      const json::object& given = options->get_object();
      read_log_options(text(given, "max-size"), text(given, "max-file"), limits,
                       [this](const std::string& option, const std::string& why) {
                         refuse("/logging/options/" + option, why);
                       });
    }
    spec_.add("log_max_bytes", limits.max_bytes).add("log_max_files", limits.max_files);
  }

  const Task& task_;
  const Settings& settings_;
  json::object service_;
  SpecText spec_;
  std::vector<Obstacle> obstacles_;
};

}  // namespace

Launch prepare(const Task& task, const Settings& settings) {
  return Preparation(task, settings).run();
}

}  // namespace consort::process
