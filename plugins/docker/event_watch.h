#pragma once

#include <functional>
#include <string>

#include "plugins/docker/engine.h"

namespace consort::docker {

// Hears of the containers of a project by one stream of the engine's events, which also tells that
// the engine went away; then it is asked again until it is back.
class EventWatch {
 public:
  struct Listener {
    std::function<void(const std::string& problem)> engine;  // "": it can be used (again)
    std::function<void(std::string_view container)> changed;
    std::function<void(std::string_view container, std::string_view health)> health;
  };

  EventWatch(Host host, Engine& engine, std::string project, Listener listener);

  Async<void> run();  // does not end
  // A call found the engine gone.
  void absent(const std::string& why);

 private:
  Async<void> listen();
  void heard(std::string_view line);

  Host host_;
  Engine& engine_;
  const std::string project_;
  const Listener listener_;
  std::shared_ptr<Transfer> stream_;
  std::string buffer_;
  std::string problem_;
  bool usable_ = false;
};

}  // namespace consort::docker
