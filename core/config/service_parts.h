#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "core/config/diagnostic.h"
#include "core/config/interpolate.h"
#include "core/config/node.h"
#include "core/model/project.h"

// The keys of a service that have several forms, each read into the model's value and its canonical
// JSON. All report what is wrong to `out` and return what could be read.
namespace consort::config {

// A string is split into words (no shell), a list is taken as it is, null is nullopt.
std::optional<std::vector<std::string>> read_command(const Node& node, const Path& path,
                                                     Diagnostics& out);

struct Healthcheck {
  std::optional<model::Probe> probe;  // none: disabled, or the image's own test
  bool disabled = false;
  bool has_test = false;
  boost::json::object spec;
};
Healthcheck read_healthcheck(const Entry& entry, const Path& path, Diagnostics& out);

std::map<std::string, model::Dependency> read_depends_on(Node node, const Path& path,
                                                         Diagnostics& out);
// What else makes a container wait: links, `service:NAME` namespaces, volumes_from.
// Source: compose-go, loader/normalize.go.
void add_implied_dependencies(const Node& service,
                              std::map<std::string, model::Dependency>& depends_on);
boost::json::object depends_on_json(const std::map<std::string, model::Dependency>& depends_on);

struct Ports {
  std::vector<model::PublishedPort> ports;
  boost::json::array spec;  // long form; `published` is a string as Compose has it
};
Ports read_ports(const Node& node, const Path& path, Diagnostics& out);

// `restart:`, and `deploy.restart_policy`, which wins.
void read_restart(const Node& node, const Path& path, model::RestartPolicy& policy,
                  Diagnostics& out);
void read_restart_policy(const Node& node, const Path& path, model::RestartPolicy& policy,
                         Diagnostics& out);

// {nofile: 1024, nproc: {soft: 1, hard: 2}}; -1 is unlimited.
boost::json::object read_ulimits(const Node& node, const Path& path, Diagnostics& out);

using Environment = std::map<std::string, std::string>;

// Adds `environment` to what is in `into`. A bare NAME takes its value from `outer`, and is absent
// where that has none.
void read_environment(Node node, const Path& path, const Lookup& outer, Environment& into,
                      Diagnostics& out);

// The text of a file, or the system's reason why not.
using ReadFile = std::function<base::Result<std::string>(const std::string& path)>;

// Adds the variables of the service's env_file entries to `into`; relative paths are taken from
// `directory`. `service_environment` answers interpolation inside the files after `outer`.
void read_env_files(Node node, const Path& path, const std::string& directory, const Lookup& outer,
                    const Environment& service_environment, const ReadFile& read, Environment& into,
                    Diagnostics& out);

}  // namespace consort::config
