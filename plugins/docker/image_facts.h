#pragma once

#include <string>

#include "plugins/docker/json_view.h"

namespace consort::docker {

// What an image says of the containers that are made of it.
struct ImageFacts {
  bool checks_health = false;
  json::array entrypoint, command;
};

// From the engine's GET /images/NAME/json.
ImageFacts facts_of(const json::value& image);

// What a container made by `body` (of POST /containers/create) of this image runs, as the engine
// merges both: an entrypoint takes the place of the image's entrypoint and command, an empty one
// that of its entrypoint.
std::string command_of(const json::object& body, const ImageFacts& image);

}  // namespace consort::docker
