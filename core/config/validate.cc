#include "core/config/validate.h"

#include <tuple>
#include <vector>

#include "core/base/text.h"
#include "core/config/read.h"

namespace consort::config {
namespace {

using model::Service;
using Services = std::map<std::string, Service>;

bool is_wildcard(const std::string& ip) { return ip.empty() || ip == "0.0.0.0" || ip == "::"; }

class Validator {
 public:
  Validator(model::Project& project, const Services& disabled, Diagnostics& out)
      : project_(project), disabled_(disabled), out_(out) {}

  void run() {
    for (auto& [name, service] : project_.services) {
      std::erase_if(service.depends_on, [&, &n = name](auto& dependency) {
        return !keep(n, dependency.first, dependency.second);
      });
      check_ports(service);
      check_shared(service);
    }
  }

 private:
  // False: the dependency is not there and need not be.
  bool keep(const std::string& service, const std::string& name, const model::Dependency& link) {
    const std::string what = "services." + service + ".depends_on." + name;
    const auto found = project_.services.find(name);
    if (found != project_.services.end()) {
      if (link.condition == model::Condition::healthy) check_health(what, found->second, link);
      return true;
    }
    const auto off = disabled_.find(name);
    const std::string cause = off == disabled_.end()
                                  ? "there is no service " + quote(name) + suggestion(name, names())
                                  : "service " + quote(name) + " is not enabled (its profiles: " +
                                        base::join(off->second.profiles, ", ") + ")";
    if (link.required) {
      out_.add(link.where, Severity::error, "cannot read " + what + ": " + cause);
    } else {
      out_.add(link.where, Severity::warning, what + ": " + cause + "; it is not waited for");
    }
    return false;
  }

  // A container's image may bring a health check that no file shows.
  void check_health(const std::string& what, const Service& dependency,
                    const model::Dependency& link) {
    if (dependency.healthcheck) return;
    const auto* check = dependency.spec.if_contains("healthcheck");
    const bool off = check && check->is_object() && check->as_object().contains("disable");
    if ((check || dependency.runtime == "container") && !off) return;
    out_.add(link.where, Severity::error,
             "cannot read " + what + ": service " + quote(dependency.name) +
                 (off ? " has its health check disabled" : " has no healthcheck") +
                 ", it can never be healthy");
  }

  // What a container shares with another service, that must be one, too.
  void check_shared(const Service& service) {
    if (service.runtime != "container") return;
    const auto text_of = [](const boost::json::value& value) {
      return value.is_string() ? std::string(value.get_string()) : std::string();
    };
    for (const std::string_view key : {"network_mode", "pid", "ipc", "uts", "cgroup"}) {
      const auto* value = service.spec.if_contains(key);
      const std::string mode = value ? text_of(*value) : "";
      if (mode.starts_with("service:")) check_is_container(service, key, mode.substr(8));
    }
    for (const std::string_view key : {"volumes_from", "links"}) {
      const auto* list = service.spec.if_contains(key);
      if (!list || !list->is_array()) continue;
      for (const auto& entry : list->get_array()) {
        const std::string source = text_of(entry);
        if (source.starts_with("container:")) continue;
        check_is_container(service, key, source.substr(0, source.find(':')));
      }
    }
  }

  void check_is_container(const Service& service, std::string_view key, const std::string& name) {
    const auto other = project_.services.find(name);
    if (other == project_.services.end() || other->second.runtime == "container") return;
    const auto where = service.key_where.find(std::string(key));
    out_.add(where == service.key_where.end() ? service.where : where->second, Severity::error,
             "cannot read services." + service.name + "." + std::string(key) + ": service " +
                 quote(name) + " is no container but a service of the runtime " +
                 other->second.runtime + " (" + model::to_string(other->second.runtime_where) +
                 "), so there is nothing of it to share");
  }

  std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    if (out_.enough()) return names;
    for (const auto& [name, service] : project_.services) names.push_back(name);
    return names;
  }

  void check_ports(const Service& service) {
    for (const auto& port : service.ports) {
      if (port.published == 0) continue;
      if (service.replicas > 1) {
        out_.add(port.where, severity(service, service),
                 "cannot publish port " + std::to_string(port.published) + " of service " +
                     service.name + ": its " + std::to_string(service.replicas) +
                     " replicas cannot share it (give the service's port alone, or a range)");
      }
      auto& holders = published_[{port.published, port.protocol}];
      for (const auto& [holder, other] : holders) {
        if (port.host_ip != other->host_ip && !is_wildcard(port.host_ip) &&
            !is_wildcard(other->host_ip)) {
          continue;
        }
        report_twice(service, port, *holder, *other);
        break;
      }
      holders.emplace_back(&service, &port);
    }
  }

  // Docker Compose leaves it to the engine, which may do without one of two containers.
  static Severity severity(const Service& a, const Service& b) {
    const bool containers = a.runtime == "container" && b.runtime == "container";
    return containers ? Severity::warning : Severity::error;
  }

  // At the place that comes later in the files, naming the earlier one.
  void report_twice(const Service& service, const model::PublishedPort& port, const Service& other,
                    const model::PublishedPort& earlier) {
    const auto place = [](const model::Location& l) { return std::tie(l.line, l.column); };
    const bool swapped =
        port.where.file == earlier.where.file && place(port.where) < place(earlier.where);
    const auto& [second, first] = swapped ? std::tie(other, service) : std::tie(service, other);
    const auto& [where, before] =
        swapped ? std::tie(earlier.where, port.where) : std::tie(port.where, earlier.where);
    out_.add(where, severity(first, second),
             "cannot publish port " + std::to_string(port.published) + "/" + port.protocol +
                 " of service " + second.name + ": service " + first.name + " publishes it at " +
                 model::to_string(before));
  }

  using Holder = std::pair<const Service*, const model::PublishedPort*>;

  model::Project& project_;
  const Services& disabled_;
  Diagnostics& out_;
  std::map<std::pair<std::uint16_t, std::string>, std::vector<Holder>> published_;
};

}  // namespace

void validate_project(model::Project& project, const Services& disabled, Diagnostics& out) {
  Validator(project, disabled, out).run();
}

}  // namespace consort::config
