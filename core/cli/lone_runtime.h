#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "core/cli/asker.h"
#include "core/cli/context.h"
#include "core/runtime/driver.h"

namespace consort::cli {

// Loads one runtime into this process, without a supervisor, and does `work` with it: for commands
// that are about what the runtime knows and start nothing. It has this process's environment and
// the person's settings, keeps what it must in `folder`, and asks `person`. Kind `unsupported` if
// it lacks `feature`. `project`: whose the work is; "": nobody's.
using RuntimeWork =
    std::function<boost::asio::awaitable<base::Result<int>>(runtime::Driver& driver)>;
base::Result<int> with_lone_runtime(Context& context, const std::string& name,
                                    std::string_view feature, const std::filesystem::path& folder,
                                    Person& person, RuntimeWork work,
                                    const std::string& project = {});

}  // namespace consort::cli
