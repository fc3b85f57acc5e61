#pragma once

#include <span>
#include <string_view>

namespace consort::config {

// What becomes of a key of a service.
enum class KeyUse {
  core,     // read by the core for every runtime
  command,  // what a service without an image runs: of no use to a container
  image,    // how a container is made and wired: expected on a service that has an image
  moved,    // of another runtime: expected on a service that was moved
  runtime,  // for the runtime alone
};

struct ServiceKey {
  std::string_view name;
  KeyUse use;
  std::string_view why_not = {};  // why a runtime may have no use for it, for messages
};

// Every key that a service may have: Compose's and Consort's own, sorted by name. Those of
// third-party runtimes come from their schemas.
std::span<const ServiceKey> service_keys();

// nullptr: no such key.
const ServiceKey* find_service_key(std::string_view name);

// The keys of the file itself.
std::span<const std::string_view> top_level_keys();

}  // namespace consort::config
