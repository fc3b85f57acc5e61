#pragma once

#include "core/base/part.h"
#include "core/cli/tar_stream.h"

namespace consort::cli {

// tar_stream.h as the part "tar": libarchive brings ten other libraries along.
struct TarPart : base::Part {
  decltype(&cli::pack) pack;
  decltype(&cli::unpack) unpack;
};

}  // namespace consort::cli
