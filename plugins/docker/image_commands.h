#pragma once

#include <functional>
#include <string>

#include "plugins/docker/engine.h"
#include "plugins/docker/images.h"

// What consort.images/1 is asked for.
namespace consort::docker {

struct ImageTools {
  Host host;
  Engine& engine;
  Scope& scope;
  Images& images;
  std::string project;
};

// `order` is the project with "starting" and "options". Each gives [{"service", "message"}] of what
// did not go well; throws Error if the engine cannot be asked. Pulls are made at once, builds one
// after another.
Async<json::array> pull_images(ImageTools tools, json::value order);
Async<json::array> build_images(ImageTools tools, json::value order);

// What the project's containers were made of. `instance_of`: the instance that a container, by its
// id, stands for last; "" for none.
Async<json::array> list_images(ImageTools tools,
                               std::function<std::string(const json::value&)> instance_of);

}  // namespace consort::docker
