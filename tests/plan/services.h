#pragma once

#include <string>
#include <vector>

#include "core/model/project.h"

namespace consort::tests {

inline model::Service service(const std::string& name,
                              const std::vector<std::string>& depends_on = {}) {
  model::Service service;
  service.name = name;
  service.runtime = "process";
  service.where = {"f.yaml", 1, 1};
  service.spec["command"] = "run " + name;
  int line = 10;
  for (const auto& dependency : depends_on) {
    service.depends_on[dependency].where = {"f.yaml", line++, 7};
  }
  return service;
}

inline model::Project project(std::vector<model::Service> services) {
  model::Project project;
  project.name = "demo";
  for (auto& service : services) {
    const std::string name = service.name;
    project.services.emplace(name, std::move(service));
  }
  return project;
}

}  // namespace consort::tests
