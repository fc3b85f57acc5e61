#pragma once

#include <sys/types.h>

#include <string>

namespace consort::process {

// Stops every living descendant of `root` where it is (SIGSTOP), those that it makes meanwhile
// too, or lets them go on (SIGCONT). Why one could not be, or "". A process that ends meanwhile is
// no failure.
std::string halt(pid_t root);
std::string let_go_on(pid_t root);

}  // namespace consort::process
