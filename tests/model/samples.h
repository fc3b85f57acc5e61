#pragma once

#include "core/model/event.h"
#include "core/model/project.h"

// Values with every field set to something else than its default.
namespace consort::test {

inline model::Location place(int line) { return {"/p/consort.yaml", line, 5}; }

inline model::Service full_service() {
  using namespace std::chrono_literals;
  model::Service s;
  s.name = "web";
  s.runtime = "container";
  s.replicas = 3;
  s.profiles = {"dev", "ci"};
  s.depends_on["db"] = {model::Condition::healthy, false, true, place(10)};
  s.depends_on["job"] = {model::Condition::completed_successfully, true, false, place(11)};
  s.healthcheck = model::Probe{
      model::HttpProbe{"https://localhost:80/", 204, true}, 1s, 2s, 3s, 4s, 5, place(12)};
  s.restart = {model::RestartCondition::unless_stopped, 7u, 250ms, false, 90s, 11s};
  s.stop_signal = "SIGINT";
  s.stop_grace_period = 1500ms;
  s.argv = {"serve", "--port", "80", ""};
  s.environment = {{"A", "1"}, {"EMPTY", ""}};
  s.working_dir = "/srv";
  s.stdin_open = true;
  s.tty = true;
  s.ports = {{"127.0.0.1", 8080, 80, "udp", place(13)}};
  s.spec = {{"image", "nginx"}, {"deploy", {{"replicas", 3}, {"mode", "global"}}}};
  s.where = place(2);
  s.runtime_where = place(3);
  s.key_where = {{"image", place(4)}, {"ports", place(13)}};
  return s;
}

inline model::Project full_project() {
  model::Project p;
  p.name = "shop";
  p.directory = "/p";
  p.files = {"/p/compose.yaml", "/p/consort.override.yaml"};
  p.services["web"] = full_service();
  p.disabled = {"debug"};
  p.warnings = {"/p/compose.yaml:3:1: a warning"};
  p.resources = {{"networks", {{"default", {{"name", "shop_default"}}}}}};
  p.host_environment = {{"PATH", "/bin"}};
  p.runtime_settings["process"] = {{"log_max_files", 2}};
  p.logs = {1u << 20, 5};
  return p;
}

inline model::ReplicaStatus full_status() {
  using namespace std::chrono_literals;
  model::ReplicaStatus s;
  s.id = {"web", 2};
  s.instance = "0123";
  s.runtime = "process";
  s.state = model::State::backoff;
  s.health = model::Health::unhealthy;
  s.generation = 9'007'199'254'740'993ull;  // more than a double holds
  s.restarts = 4;
  s.reason = "restarts in 2s";
  s.last_exit = model::ExitInfo{{}, 9, true, true, "memory limit", model::WallTime(5s + 6ns)};
  s.pid = 4711;
  s.started_at = model::WallTime(1'700'000'000s + 123456789ns);
  s.command = "serve --port 80";
  s.ports = {"127.0.0.1:8080->80/tcp"};
  s.one_off = true;
  return s;
}

inline model::Event full_event() {
  using namespace std::chrono_literals;
  model::Event e;
  e.sequence = 18'446'744'073'709'551'615ull;
  e.at = model::WallTime(1'700'000'001s);
  e.type = "state";
  e.service = "web";
  e.index = 2;
  e.action = "die";
  e.message = "web-2 was killed";
  e.status = full_status();
  return e;
}

}  // namespace consort::test
