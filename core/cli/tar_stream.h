#pragma once

#include <string>

#include "core/base/result.h"

// Files of this machine as a tar archive, and back. They block, each with one end of a pipe.
namespace consort::cli {

struct PackOptions {
  bool follow = false;  // a link that is `path` itself; others stay links
  bool owners = false;  // as they are here; else everything is root's
};
// Writes `path` with all that is below it to `fd`, under the name `name` ("": only what is below
// it). Kind `cancelled` if nobody reads any more; SIGPIPE must not end the thread.
base::Result<void> pack(const std::string& path, const std::string& name, PackOptions options,
                        int fd);

// Unpacks what `fd` gives, up to its end, in `directory`, which becomes this process's working
// directory; the first part of each name is replaced by `name` ("": left out). Nothing is written
// outside of it, also through links. With `owners` as the archive names them, else this user's.
base::Result<void> unpack(int fd, const std::string& directory, const std::string& name,
                          bool owners);

}  // namespace consort::cli
