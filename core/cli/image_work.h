#pragma once

#include <string_view>

#include "core/api/protocol.h"
#include "core/cli/context.h"

namespace consort::cli {

// What `pull` and `build` share: asks the project's supervisor, or one that is started for this
// alone, and shows the progress; with `quiet` only what fails. `services` are those that are meant,
// each with an image to get; none: nothing is done. The exit code.
base::Result<int> get_images(Context& context, model::Project project,
                             std::vector<std::string> services, std::string_view path,
                             api::ImagesRequest request, bool quiet);

}  // namespace consort::cli
