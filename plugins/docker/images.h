#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>

#include "plugins/docker/credentials.h"
#include "plugins/docker/engine.h"
#include "plugins/docker/image_facts.h"

namespace consort::docker {

// The images of one project's services: there, pulled or built.
class Images {
 public:
  // `times_file`: where it keeps when it pulled what; engines before 25 do not know.
  Images(Host host, Engine& engine, Credentials& credentials, std::string project,
         std::string times_file);

  // Sees that the image of this service is there, by its pull_policy and the `options`
  // of prepare(). What is done for one service of a prepare is not done again for another. Throws
  // Error.
  Async<void> provide(std::string service, json::value spec, json::value options);
  // Of a prepare.
  void begin() { done_.clear(); }
  // The same for one that runs: only where more is wanted than that the image is there.
  Async<void> refresh(std::string service, json::value spec, json::value options);
  // "" where it is not there.
  Async<std::string> id_of(std::string image);

  Async<void> pull(std::string service, std::string image, std::string platform);
  // What of a build's output is told: a line for each step, or all of it.
  enum class Output { steps, whole };
  Async<void> build(std::string service, json::value spec, Output output = Output::steps);

  Async<bool> present(std::string image);
  // Nothing if it is not there.
  Async<ImageFacts> facts(std::string image);

  // Of `down --rmi`: those that were built (without a name of their own), or all; none that the
  // services `keeping` use.
  Async<void> remove(bool all, json::value model, std::set<std::string> keeping);

 private:
  Async<json::value> find(std::string image);  // null: not there
  // Since it was last pulled or built.
  std::chrono::nanoseconds age_of(const std::string& name, const json::value& image) const;
  void remember_pull(const std::string& name);
  Async<void> follow(std::string service, std::string what, Request request, Output output);

  Host host_;
  Engine& engine_;
  Credentials& credentials_;
  const std::string project_;
  std::set<std::string> done_;
  const std::string times_file_;
  json::object pulled_;  // by name: when, in ns since 1970
  std::map<std::string, ImageFacts> facts_;
};

}  // namespace consort::docker
