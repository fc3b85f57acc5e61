#include "plugins/docker/hooks.h"

#include "plugins/docker/container_body.h"
#include "plugins/docker/execution.h"

namespace consort::docker {
namespace {

json::object exec_body(const json::value& hook) {
  json::object body{{"AttachStdout", true}, {"AttachStderr", true}};
  const json::value& command = at(hook, "command");
  body["Cmd"] = command.is_array() ? command : json::array{"/bin/sh", "-c", to_text(command)};
  body["Env"] = environment_of(hook);
  if (auto user = text_at(hook, "user"); !user.empty()) body["User"] = user;
  if (auto folder = text_at(hook, "working_dir"); !folder.empty()) body["WorkingDir"] = folder;
  if (bool_at(hook, "privileged")) body["Privileged"] = true;
  return body;
}

}  // namespace

Async<void> run_hooks(Engine& engine, Scope& scope, std::string container, std::string what,
                      json::array hooks, std::chrono::milliseconds limit) {
  for (const auto& hook : hooks) {
    ExecOrder order;
    order.body = exec_body(hook);
    order.timeout = limit;
    const std::string command = json::serialize(at(hook, "command"));
    const auto execution = std::make_shared<Execution>(engine, scope, container, std::move(order));
    const int code = co_await execution->run();
    if (code == 0) continue;
    throw Error(CONSORT_E_FAILED,
                what + ": " + command +
                    (limit.count() > 0 && code == 124 ? " did not end in time"
                                                      : " exited with " + std::to_string(code)));
  }
}

}  // namespace consort::docker
