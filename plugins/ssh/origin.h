#pragma once

#include <string>

namespace consort::ssh {

// Which of the machines that share a host's account a project is brought up from: a word kept in
// the file `path`, made if it is not there. Throws Error.
std::string origin(const std::string& path);

}  // namespace consort::ssh
