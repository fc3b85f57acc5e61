#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <consort/host.hpp>
#include <consort/operation.hpp>

#include "plugins/process/shims.h"

namespace consort::process {

// One service instance in the care of a shim. Lives until it is removed. The plugin's thread only.
class Instance final : public ShimObserver {
 public:
  Instance(Host host, Reactor& reactor, Shims& shims, std::string id)
      : host_(host), reactor_(reactor), shims_(shims), id_(std::move(id)) {}
  ~Instance() override;

  const std::string& id() const { return id_; }
  const std::optional<Exit>& exit() const { return exit_; }
  bool runs() const { return shims_.runs(id_); }
  pid_t child() const { return child_; }
  void set_child(pid_t pid) { child_ = pid; }

  // Ends the whole tree and completes `op` when nothing of it runs, at once if nothing does. Each
  // call sends its own order, so that a second one with less grace overrides the first. `then` is
  // called before the completion and may destroy this.
  void stop(Operation op, shim::StopOrder order, std::function<void()> then = {});

  // The exit becomes known without being told to the core: it asked by attach.
  void set_exit(Exit exit) { exit_ = std::move(exit); }

  void ended(const Exit& exit) override;
  void gone() override;

 private:
  struct Stop {
    Operation op;
    std::uint64_t timer;  // gives it up
    std::function<void()> then;
  };

  void overdue(std::uint64_t op);
  bool tree_lives() const;

  Host host_;
  Reactor& reactor_;
  Shims& shims_;
  std::string id_;
  pid_t child_ = 0;
  std::optional<Exit> exit_;
  std::vector<Stop> stops_;
};

}  // namespace consort::process
