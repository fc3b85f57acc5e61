#pragma once

#include <map>
#include <set>
#include <string>

#include "plugins/docker/credentials.h"
#include "plugins/docker/engine.h"

namespace consort::docker {

// The images of one project's services: there, pulled or built.
class Images {
 public:
  Images(Host host, Engine& engine, Credentials& credentials, std::string project);

  // Sees that the image of this service is there, by its pull_policy and the `options`
  // of prepare(). What is done for one service of a prepare is not done again for another. Throws
  // Error.
  Async<void> provide(std::string service, json::value spec, json::value options);
  void provided() { done_.clear(); }

  Async<void> pull(std::string service, std::string image, std::string platform);
  // What of a build's output is told: a line for each step, or all of it.
  enum class Output { steps, whole };
  Async<void> build(std::string service, json::value spec, Output output = Output::steps);

  Async<bool> present(std::string image);
  // Whether the image has a health check of its own. False if it is not there.
  Async<bool> checks_health(std::string image);

  // Of `down --rmi`: those that were built (without a name of their own), or all.
  Async<void> remove(bool all, json::value model);

 private:
  Async<json::value> find(std::string image);  // null: not there
  Async<void> follow(std::string what, Request request, std::string output_of = {});

  Host host_;
  Engine& engine_;
  Credentials& credentials_;
  const std::string project_;
  std::set<std::string> done_;
  std::map<std::string, bool> health_;
};

// "NAME" and "TAG" or "sha256:..." of a reference; the tag is "latest" where there is none.
std::pair<std::string, std::string> split_reference(const std::string& image);

}  // namespace consort::docker
