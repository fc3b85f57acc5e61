#include "core/cli/tar_library.h"

// What the library exports.
extern "C" [[gnu::visibility("default")]] constexpr consort::cli::TarFunctions consort_tar{
    CONSORT_VERSION, &consort::cli::pack, &consort::cli::unpack};
