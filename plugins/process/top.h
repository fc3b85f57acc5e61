#pragma once

#include <string>
#include <vector>

#include "plugins/process/process_tree.h"

namespace consort::process {

// consort.top/1 of these processes, with the columns of `ps -ef`.
std::string top_of(const std::vector<ProcessInfo>& processes);

}  // namespace consort::process
