#pragma once

#include <consort/values.hpp>

#include <memory>
#include <string>

#include "plugins/docker/hijack.h"
#include "plugins/docker/output_pump.h"

namespace consort::docker {

// What an exec asks for.
struct ExecOrder {
  ExecOrder() = default;
  explicit ExecOrder(Exec& exec);

  json::object body;  // of POST /containers/ID/exec
  bool tty = false;
  std::uint16_t rows = 0, columns = 0;
  Fd in, out, err;
  std::chrono::milliseconds timeout{0};
};

// A command that runs inside a container: its streams, its size, its end.
class Execution {
 public:
  Execution(Engine& engine, Scope& scope, std::string container, ExecOrder order);
  ~Execution();

  // Runs it to its end and gives its exit code; 124 if it took too long. Throws Error.
  Async<int> run();
  void resize(std::uint16_t rows, std::uint16_t columns);
  // Kills it with all that it started.
  void cancel();

 private:
  void pass_input();
  Async<int> exit_code();
  // Static: they may outlive the execution.
  static Async<void> kill(Engine& engine, std::string id, std::string container);
  static Async<void> set_size(Engine& engine, std::string id, std::uint16_t rows,
                              std::uint16_t columns);

  Engine& engine_;
  Scope& scope_;
  const std::string container_;
  ExecOrder order_;
  std::string id_;
  Hijack stream_;
  OutputPump output_;
  bool cancelled_ = false;
};

// Kills the process and its descendants, if they are on this machine and in the container. False:
// they are not, or it may not.
bool kill_in_container(std::int64_t pid, const std::string& container);

}  // namespace consort::docker
