#pragma once

#include <map>
#include <memory>
#include <string>

#include "plugins/ssh/relay.h"

namespace consort::ssh {

// A file of this machine that is to be a program there.
struct UploadFile {
  std::string bytes;
  std::string sha256;  // in hex
  std::string name;    // without its folder
};
// Throws Error (CONSORT_E_INVALID) if it cannot be read or may not be executed.
UploadFile read_upload(const std::string& path);

// Puts it below `folder` under its hash, unless it is there. Returns its path on the host. Throws
// Error.
Async<std::string> upload(std::shared_ptr<Relay> relay, std::string folder,
                          std::shared_ptr<const UploadFile> file);

}  // namespace consort::ssh
