#pragma once

#include <string>
#include <vector>

#include "plugins/docker/address.h"
#include "plugins/docker/coroutine.h"
#include "plugins/docker/json_view.h"

namespace consort::docker {

// What the docker CLI's config.json says: logins, with the credential helpers that it names, and
// proxies.
class Credentials {
 public:
  // `engine`: its address, as DOCKER_HOST has it.
  Credentials(Reactor& reactor, const Environment& environment, const std::string& engine);

  // HTTP_PROXY, http_proxy and so on, for containers and builds where these have none of their own.
  const json::object& proxies() const { return proxies_; }

  // The value of X-Registry-Auth for an image, "" without a login. Throws Error if a helper fails.
  Async<std::string> for_image(std::string image);
  // The value of X-Registry-Config: every login that is written in the file.
  std::string for_build() const;

 private:
  Async<json::value> ask_helper(std::string helper, std::string registry);

  Reactor& reactor_;
  json::value config_;
  std::vector<std::string> environment_;  // of helpers
  json::object proxies_;
};

// From "proxies" of config.json: those of the engine at this address, else the default ones.
json::object proxy_variables(const json::value& config, const std::string& engine);

// The registry of an image: what is before the first "/" if that is a host, else Docker Hub's key.
std::string registry_of(const std::string& image);

std::string base64_url(std::string_view bytes);
std::string base64_decode(std::string_view text);  // "" if it is none

}  // namespace consort::docker
