#pragma once

#include "core/api/protocol.h"
#include "core/daemon/supervision.h"

namespace consort::daemon {

// What `pull`, `build` and `images` ask of the runtimes that have consort.images/1. Services of
// other runtimes have no images and are left out.

enum class ImageWork { pull, build };

// Each service whose image is not there at the end is a failure, with its place in the file; an
// error where a runtime could not do anything at all.
asio::awaitable<base::Result<api::OutcomeReply>> get_images(Supervision& supervision,
                                                            api::ImagesRequest request,
                                                            ImageWork work);

// Of the replicas of these services (none named: all): what the runtimes say, with "service" and
// "index".
asio::awaitable<base::Result<boost::json::array>> list_images(Supervision& supervision,
                                                              std::vector<std::string> services);

}  // namespace consort::daemon
