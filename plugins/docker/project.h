#pragma once

#include <set>
#include <string>
#include <vector>

#include "plugins/docker/container_body.h"
#include "plugins/docker/engine.h"
#include "plugins/docker/images.h"
#include "plugins/docker/networks.h"

namespace consort::docker {

// What the services of a project share. Keeps what it was prepared with, also over a restart of the
// supervisor.
class Project {
 public:
  using InstanceOf = Networks::InstanceOf;

  // `state_dir`: of the runtime. Reads what was kept there.
  Project(Host host, Engine& engine, Images& images, std::string name, std::string state_dir,
          InstanceOf instance_of);

  // As given to prepare(); null before the first.
  const json::value& model() const { return model_; }

  // Images, networks, volumes for the services that are to start. {"service", "message"} of those
  // that cannot, {"message"} of what they share, {"instance", "outdated"} of those that run and are
  // to be replaced. Throws Error if the engine cannot be asked.
  Async<json::array> prepare(json::value project);
  // Is what is made of this service to begin with empty anonymous volumes?
  bool renews_volumes(const std::string& service) const;
  // See Networks::renew.
  Async<void> renew_networks(json::value service) { return networks_.renew(std::move(service)); }
  // Networks; with the options also volumes (`loose`: the anonymous ones of removed containers)
  // and images. Only what bears this project's label; a network that somebody else's container
  // uses stays, and so does what the services use that the options keep.
  Async<void> release(json::value options, std::vector<std::string> loose);

 private:
  struct Kept {
    std::set<std::string> services, networks, volumes;  // these two by key
  };
  Kept kept_by(const json::value& options) const;
  Async<json::array> check_oci_runtimes(const json::value& model);
  Async<json::array> prepare_services(const json::value& model);
  Async<json::array> prepare_shared(Networks::Survey& survey);
  Async<json::array> refresh_kept(const json::value& model);
  Async<json::array> look(Networks::Survey& survey);
  Async<json::array> look_at_kept(const Networks::Survey& survey);
  void check(const std::string& service, const json::value& spec) const;
  Async<void> make_volume(const json::value& model, std::string key);
  Async<bool> can_connect();

  Host host_;
  Engine& engine_;
  Images& images_;
  const std::string name_;
  const InstanceOf instance_of_;
  const std::string file_;
  json::value model_;
  Networks networks_;
  int releasing_ = 0;  // calls under way
  Event released_;     // set at the end of the last of them
};

}  // namespace consort::docker
