#pragma once

#include <string>
#include <string_view>

namespace consort::process {

struct Executable {
  std::string path;   // absolute; "" if there is none that can be run
  std::string error;  // "cannot run X: cause" then
  int code = 0;       // as a shell ends then: 127, there is none; 126, it cannot be executed
};

// The program that `name` means: as it is with a leading slash, from `directory` with any other
// slash, else the first executable of that name in `path` (a PATH value; an empty entry means
// `directory`). Looks at the file system as the calling user.
Executable locate_executable(std::string_view name, std::string_view directory,
                             std::string_view path);

}  // namespace consort::process
