#include "core/cli/tar_part.h"

using consort::cli::TarPart;

extern "C" [[gnu::visibility("default")]] constexpr TarPart consort_part{
    {}, &consort::cli::pack, &consort::cli::unpack};
