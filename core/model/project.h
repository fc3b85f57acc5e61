#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "core/model/duration.h"
#include "core/model/location.h"

namespace consort::model {

enum class Condition { started, healthy, completed_successfully };

struct Dependency {
  Condition condition = Condition::started;
  bool required = true;  // false: a missing or failed dependency is a warning
  bool restart = false;  // restart the dependent after an explicit restart of the dependency
  Location where;
};

struct ExecProbe {
  std::vector<std::string> argv;  // CMD-SHELL is {"/bin/sh", "-c", text}
};
struct HttpProbe {
  std::string url;
  int status = 0;         // the one status that counts as healthy; 0 = any of 200..399
  bool insecure = false;  // of https: whoever answers is trusted
};
struct TcpProbe {
  std::string host;
  std::uint16_t port = 0;
};

// A health check. Defaults are Docker Engine's (moby, daemon/health.go).
struct Probe {
  std::variant<ExecProbe, HttpProbe, TcpProbe> check;
  Duration interval = std::chrono::seconds(30);
  Duration timeout = std::chrono::seconds(30);
  Duration start_period{};  // failures inside it do not count until the first success
  Duration start_interval = std::chrono::seconds(5);
  int retries = 3;
  Location where;
};

enum class RestartCondition { never, on_failure, always, unless_stopped };

struct RestartPolicy {
  RestartCondition condition = RestartCondition::never;
  std::optional<std::uint32_t> max_attempts;        // none: no limit
  Duration delay = std::chrono::milliseconds(100);  // first delay; doubles up to max_delay
  bool backoff = true;                              // false: `delay` every time
  Duration max_delay = std::chrono::minutes(1);
  Duration window = std::chrono::seconds(10);  // up this long: the attempts start again from zero
};

// A port that a service publishes on this machine; the part that the core itself looks at.
struct PublishedPort {
  std::string host_ip;          // "" = every address
  std::uint16_t published = 0;  // on this machine; 0 = chosen by the runtime
  std::uint16_t target = 0;     // in the service
  std::string protocol = "tcp";
  Location where;
};

// One entry of `services:`, complete: defaults applied, environment resolved, paths absolute.
struct Service {
  std::string name;
  std::string runtime;  // canonical: process, container, remote, or a plugin's own name
  std::uint32_t replicas = 1;
  std::vector<std::string> profiles;
  std::map<std::string, Dependency> depends_on;
  std::optional<Probe> healthcheck;
  RestartPolicy restart;
  std::optional<std::string> stop_signal;  // "SIGTERM"; none: the runtime's default
  Duration stop_grace_period = std::chrono::seconds(10);
  std::vector<std::string> argv;  // binary + args, or command split; empty: the image's
  std::map<std::string, std::string> environment;
  std::string working_dir;  // absolute; "": the runtime's default
  bool stdin_open = false;
  bool tty = false;
  std::vector<PublishedPort> ports;
  boost::json::object spec;  // the whole mapping in canonical form, for the runtime and `config`
  Location where;            // of the service's name
  Location runtime_where;    // of `runtime:`, or of the service where it is implied
  std::map<std::string, Location> key_where;  // of each key, by the name that `spec` has for it
};

// How much output is kept of an instance whose service has no logging options of its own.
struct LogRetention {
  std::uint64_t max_bytes = 32u << 20;  // of one file; 0: no limit
  std::uint32_t max_files = 16;

  friend bool operator==(const LogRetention&, const LogRetention&) = default;
};

// A file set and a name: all that `up` needs. Services outside the active profiles are not in it.
struct Project {
  std::string name;
  std::string directory;                    // absolute; relative paths and natives start here
  std::vector<std::string> files;           // absolute, in the order they were merged
  std::map<std::string, Service> services;  // by name
  std::vector<std::string> disabled;        // services that no active profile enables
  std::vector<std::string> warnings;        // "file:line:column: ..." for people, not errors
  // The top-level networks, volumes, secrets, configs and models in canonical form, for runtimes.
  boost::json::object resources;
  std::map<std::string, Location> resource_where;       // of each, by "networks.NAME"
  std::map<std::string, std::string> host_environment;  // of the `up`; natives inherit it
  // Of the person's settings: by runtime, what its init is given as "settings".
  std::map<std::string, boost::json::object> runtime_settings;
  LogRetention logs;
};

// Why the project has no service of this name, for the end of an error: "there is no such service;
// did you mean web?", or that no active profile enables it and what does.
std::string absence(const Project& project, const std::string& service);

// Whether the service reads what a person types. A container reads its terminal only where
// stdin_open says so, as Docker has it.
bool takes_input(const Service& service);

// What counts for "has this service changed": the hash of everything but replicas, depends_on,
// profiles and locations (as Compose does), as 32 hex digits (XXH3-128: nothing secret hangs on it,
// and loading a crypto library would cost each command 1.4 ms). Not the inherited host environment.
std::string change_hash(const Service& service);

std::string_view to_string(Condition condition);  // "service_started" ...
std::optional<Condition> parse_condition(std::string_view text);
std::string_view to_string(RestartCondition condition);  // "no", "on-failure" ...

}  // namespace consort::model
