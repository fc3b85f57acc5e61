#include "plugins/ssh/launch.h"

#include <csignal>
#include <cstring>

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

namespace consort::ssh {
namespace {

namespace json = boost::json;

std::string text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return {};
  return value->is_string() ? std::string(value->get_string())
                            : (value->is_null() ? std::string() : json::serialize(*value));
}

const json::object* object_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr ? value->if_object() : nullptr;
}

class Reading {
 public:
  Reading(const Task& task, const LogLimits& limits) : task_(task), limits_(limits) {}

  Launch run() {
    error_code_ = {};
    const json::value parsed = json::parse(task_.service_json, error_code_);
    if (!error_code_ && parsed.is_object()) service_ = parsed.get_object();
    launch_.instance = task_.instance;
    host();
    for (const std::string_view variable : task_.env) add("env", variable);
    program();
    if (!task_.working_dir.empty()) add("cwd", task_.working_dir);
    limits();
    ending();
    add("stdin", task_.stdin_open ? "closable" : "null");
    add("tty", task_.tty ? "1" : "0");
    if (const std::string umask = text(service_, "umask"); !umask.empty()) add("umask", umask);
    logging();
    return std::move(launch_);
  }

 private:
  void add(std::string_view key, std::string_view value) {
    launch_.records.push_back(std::string(key) + "=" + std::string(value));
  }
  void refuse(std::string pointer, std::string message) {
    launch_.obstacles.push_back({std::move(pointer), std::move(message)});
  }

  void host() {
    const auto* host = service_.if_contains("host");
    if (host == nullptr || host->is_null()) {
      return refuse("/runtime", "it runs remotely, so it needs a host: [USER@]NAME[:PORT]");
    }
    try {
      if (host->is_string()) {
        launch_.host = parse_host(std::string_view(host->get_string()));
      } else if (const auto* map = host->if_object()) {
        launch_.host.name = text(*map, "name");
        launch_.host.user = text(*map, "user");
        launch_.host.identity_file = text(*map, "identity_file");
        const auto* port = map->if_contains("port");
        if (port != nullptr && port->is_number()) {
          launch_.host.port = port->to_number<std::uint16_t>();
        }
      }
    } catch (const std::exception& e) {
      refuse("/host", e.what());
    }
    if (launch_.host.name.empty()) refuse("/host", "cannot read host: it has no name");
  }

  void program() {
    if (const auto* binary = object_at(service_, "binary")) {
      launch_.upload = text(*binary, "upload");
    }
    if (task_.argv.empty()) return refuse("/command", "cannot run: there is no command");
    launch_.program = launch_.upload.empty() ? std::string(task_.argv[0]) : launch_.upload;
    add("exec", task_.argv[0]);
    for (const std::string_view arg : task_.argv) add("arg", arg);
  }

  void limits() {
    const auto* ulimits = object_at(service_, "ulimits");
    if (ulimits == nullptr) return;
    for (const auto& [name, value] : *ulimits) {
      const auto* both = value.if_object();
      const std::string soft = both ? text(*both, "soft") : json::serialize(value);
      const std::string hard = both ? text(*both, "hard") : soft;
      add("rlimit", std::string(name) + ":" + soft + ":" + hard);
    }
  }

  void ending() {
    if (!task_.stop_signal.empty()) {
      const int number = signal_number(task_.stop_signal);
      if (number == 0) {
        refuse("/stop_signal", "cannot stop with \"" + std::string(task_.stop_signal) +
                                   "\": there is no such signal");
      }
      launch_.stop_signal = static_cast<std::uint64_t>(number);
    }
    add("stop_signal", std::to_string(launch_.stop_signal));
    const auto grace = std::clamp<std::int64_t>(task_.stop_grace.count(), 0, UINT32_MAX);
    add("grace_ms", std::to_string(grace));
  }

  void logging() {
    LogLimits limits = limits_;
    const auto* log = object_at(service_, "logging");
    if (const auto* options = log ? object_at(*log, "options") : nullptr) {
      read_log_options(text(*options, "max-size"), text(*options, "max-file"), limits,
                       [this](const std::string& option, const std::string& why) {
                         refuse("/logging/options/" + option, why);
                       });
    }
    add("log_max_bytes", std::to_string(limits.max_bytes));
    add("log_max_files", std::to_string(limits.max_files));
  }

  const Task& task_;
  const LogLimits limits_;
  json::object service_;
  boost::system::error_code error_code_;
  Launch launch_;
};

}  // namespace

Launch launch_of(const Task& task, const LogLimits& limits) { return Reading(task, limits).run(); }

std::vector<std::string> exec_records(const Exec& request) {
  std::vector<std::string> records{"mode=exec", "stop_signal=15", "grace_ms=0"};
  for (const std::string_view variable : request.env) {
    records.push_back("env=" + std::string(variable));
  }
  if (!request.working_dir.empty()) records.push_back("cwd=" + std::string(request.working_dir));
  if (!request.argv.empty()) records.push_back("exec=" + std::string(request.argv[0]));
  for (const std::string_view arg : request.argv) records.push_back("arg=" + std::string(arg));
  records.push_back(request.tty ? "tty=1" : "tty=0");
  records.push_back("rows=" + std::to_string(request.rows));
  records.push_back("cols=" + std::to_string(request.columns));
  return records;
}

std::vector<std::string> with_service(std::vector<std::string> own,
                                      const std::vector<std::string>& service) {
  // "cwd=" or "env=NAME=": what is set once.
  const auto place_of = [](std::string_view record) {
    const std::size_t equals = record.find('=');
    if (record.substr(0, equals) != "env") return record.substr(0, equals + 1);
    return record.substr(0, record.find('=', equals + 1) + 1);
  };
  const std::size_t set = own.size();
  for (const auto& record : service) {
    const std::string_view place = place_of(record);
    const bool kept =
        place.starts_with("env=") || place == "cwd=" || place == "umask=" || place == "rlimit=";
    const auto replaces = [&](const std::string& one) {
      return place != "rlimit=" && place_of(one) == place;
    };
    const auto end = own.begin() + static_cast<std::ptrdiff_t>(set);
    if (kept && std::none_of(own.begin(), end, replaces)) own.push_back(record);
  }
  std::stable_partition(own.begin(), own.end(),
                        [](const auto& record) { return record.starts_with("env="); });
  return own;
}

int signal_number(std::string_view name) {
  const auto whole = [](std::string_view text) {
    int number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc() && end == text.data() + text.size() ? number : -1;
  };
  const auto valid = [](int number) { return number > 0 && number <= SIGRTMAX ? number : 0; };
  if (const int number = whole(name); number >= 0) return valid(number);
  if (name.starts_with("SIG")) name.remove_prefix(3);
  if (name.starts_with("RTMIN+")) {
    const int offset = whole(name.substr(6));
    return offset < 0 || offset > SIGRTMAX ? 0 : valid(SIGRTMIN + offset);
  }
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    const char* known = ::sigabbrev_np(signal);
    if (known != nullptr && name == known) return signal;
  }
  return 0;
}

}  // namespace consort::ssh
