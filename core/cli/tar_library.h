#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/cli/tar_stream.h"

namespace consort::cli {

// tar_stream.h, in a library of its own: libarchive brings ten others along, for which every
// command and every supervisor would pay.
struct TarFunctions {
  std::string_view version;  // of Consort
  decltype(&cli::pack) pack;
  decltype(&cli::unpack) unpack;
};

// Loads it from lib/consort beside this program's folder; it stays loaded. An error if it is not
// there or is of another build.
base::Result<const TarFunctions*> load_tar();

}  // namespace consort::cli
