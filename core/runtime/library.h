#pragma once

#include <filesystem>

#include <consort/runtime.h>

#include "core/base/result.h"
#include "core/runtime/manifest.h"

namespace consort::runtime {

using base::Result;

// Checks that run no code of the plugin. The host's own ABI is a parameter so that tests can be an
// older or a newer host.
struct HostAbi {
  std::uint32_t major = CONSORT_ABI_MAJOR;
  std::uint32_t minor = CONSORT_ABI_MINOR;
};

// Whether a host of `abi` may load it: the same major, and minor_needed <= the host's minor. The
// error names both sides.
Result<void> check_abi(const Manifest& manifest, HostAbi abi = {});

// Whether the library exports consort_runtime_entry_v1 and nothing else: what a plugin exports can
// change the meaning of the same name in another plugin.
Result<void> check_exports(const std::filesystem::path& library);

// Loads the library for good (it is never unloaded: its threads and statics could outlive its use)
// and returns its entry once its descriptor equals the manifest. Runs the static initialisers and
// descriptor() of the plugin. `library` is absolute and without links. An error of dlopen is kept
// whole. One thread at a time.
Result<const consort_entry*> load_library(const std::filesystem::path& library,
                                          const Manifest& manifest);

// Pure. The error names what differs and both values.
Result<void> check_descriptor(const consort_entry* entry, const Manifest& manifest);

// Whether the table is whole: every function of ABI 1.0 is there.
Result<void> check_runtime_table(const consort_runtime& runtime);

}  // namespace consort::runtime
