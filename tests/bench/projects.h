#pragma once

#include <string>

#include "core/model/project.h"

namespace consort::bench {

// A project of `count` services, each depending on the one at half its number.
inline model::Project project_of(int count) {
  model::Project project;
  project.name = "bench";
  project.directory = "/";
  for (int i = 0; i < count; ++i) {
    model::Service service;
    service.name = "s" + std::to_string(i);
    service.runtime = "process";
    service.argv = {"sleep", "1000"};
    service.environment = {{"A", "1"}, {"B", "two"}};
    service.working_dir = "/";
    if (i > 0) service.depends_on["s" + std::to_string(i / 2)] = {};
    project.services.emplace(service.name, std::move(service));
  }
  return project;
}

// The same as text.
inline std::string yaml_of(int count) {
  std::string text = "name: bench\nservices:\n";
  for (int i = 0; i < count; ++i) {
    text += "  s" + std::to_string(i) + ":\n    command: sleep ${TIME:-1000}\n    environment:\n";
    text += "      A: \"1\"\n      B: ${B:-two}\n    restart: on-failure\n    healthcheck:\n";
    text += "      test: [\"CMD\", \"true\"]\n      interval: 5s\n";
    if (i > 0) text += "    depends_on: [s" + std::to_string(i / 2) + "]\n";
  }
  return text;
}

}  // namespace consort::bench
