#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/docker/build_context.h"
#include "plugins/docker/json_view.h"

namespace consort::docker {

// What the engine's POST /build is asked for a service's `build`.
struct BuildRequest {
  std::string tag;
  std::string query;
  std::string remote;  // a git or http context, which the engine gets itself
  std::string folder;  // else: of the context
  std::string dockerfile;
  std::vector<BuildContext::Extra> extra;
};

// What to do about what needs BuildKit.
inline constexpr const char* without_buildkit =
    "which is not supported yet; build the image with `docker buildx build` and name it by `image`";

// `proxies`: arguments where the build has none of their name. Reads the Dockerfile where it lies
// outside of the context. Throws Error (CONSORT_E_INVALID) for
// what only BuildKit can do.
BuildRequest build_request(std::string_view project, std::string_view service,
                           const json::value& spec, const json::object& proxies);

}  // namespace consort::docker
