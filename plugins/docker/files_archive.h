#pragma once

#include <string>
#include <vector>

#include "plugins/docker/container_body.h"

namespace consort::docker {

// A tar archive of these files, to be unpacked at the container's root.
std::string archive_of(const std::vector<File>& files);

}  // namespace consort::docker
