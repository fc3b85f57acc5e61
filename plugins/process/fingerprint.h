#pragma once

#include <string>

#include "plugins/process/launch.h"

namespace consort::process {

// What `consort doctor` shows of this runtime, as the JSON of consort.fingerprint/1.
std::string fingerprint(const Settings& settings);

}  // namespace consort::process
