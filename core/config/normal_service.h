#pragma once

#include "core/config/node.h"
#include "core/config/normal.h"

// The steps of the normal form for one service (see normal.h).
namespace consort::config {

// Defaults and implied dependencies. True: the service is in the network `default`.
bool fill_in_service(Node& service, const NormalContext& context);

// develop.watch paths through symbolic links.
void follow_watched_links(Node& service);

// NAMEs without a value in environment and build.args take that of the variable.
void resolve_variables(Node& service, const NormalContext& context);

// env_file and label_file, under what environment and labels say.
void read_service_files(Node& service, const Path& path, const NormalContext& context);

}  // namespace consort::config
