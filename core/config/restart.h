#pragma once

#include "core/config/diagnostic.h"
#include "core/config/node.h"
#include "core/model/project.h"

namespace consort::config {

// `restart:` as a policy; nullopt: it is none.
std::optional<model::RestartPolicy> read_restart(const Node& node);
inline constexpr std::string_view restart_policies =
    "\"no\", always, on-failure, on-failure:3, unless-stopped";
inline constexpr std::string_view restart_words[] = {"no", "always", "on-failure",
                                                     "unless-stopped"};

// A checked `deploy.restart_policy`.
// `lenient`: a condition that is none is a warning, an engine takes it as it likes.
model::RestartPolicy read_restart_policy(const Node& node, const Path& path, bool lenient,
                                         Diagnostics& out);

}  // namespace consort::config
