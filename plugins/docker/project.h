#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "plugins/docker/container_body.h"
#include "plugins/docker/engine.h"
#include "plugins/docker/images.h"

namespace consort::docker {

// What the services of a project share. Keeps what it was prepared with, also over a restart of the
// supervisor.
class Project {
 public:
  // The instance that a container of the engine's list stands for.
  using InstanceOf = std::function<std::string(const json::value& listed)>;

  // `state_dir`: of the runtime. Reads what was kept there.
  Project(Host host, Engine& engine, Images& images, std::string name, std::string state_dir,
          InstanceOf instance_of);

  // As given to prepare(); null before the first.
  const json::value& model() const { return model_; }

  // Images, networks, volumes for the services that are to start. {"service", "message"} of those
  // that cannot, {"instance", "outdated"} of those that run and are to be replaced. Throws Error if
  // the engine cannot be asked.
  Async<json::array> prepare(json::value project);
  // Networks; with the options also volumes (`loose`: the anonymous ones of removed containers)
  // and images. Only what bears this project's label; a network that somebody else's container
  // uses stays.
  Async<void> release(json::value options, std::vector<std::string> loose);

 private:
  Async<void> look_at_kept(json::array& found);
  void check(const std::string& service, const json::value& spec) const;
  Async<void> prepare_networks(const json::value& service);
  Async<void> prepare_volumes(const json::value& service);
  Async<void> make_network(std::string key);
  Async<void> make_volume(std::string key);
  Async<bool> can_connect();
  Async<void> remove_network(std::string id, std::string name);
  Async<std::string> other_user_of(std::string network);
  json::object labels_for(const char* kind, const std::string& key, const json::value& given) const;

  Host host_;
  Engine& engine_;
  Images& images_;
  const std::string name_;
  const InstanceOf instance_of_;
  const std::string file_;
  json::value model_;
  std::set<std::string> made_;  // by the prepare that is under way
  int releasing_ = 0;           // calls under way
  Event released_;              // set at the end of the last of them
};

}  // namespace consort::docker
