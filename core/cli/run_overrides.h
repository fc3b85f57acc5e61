#pragma once

#include <map>
#include <string>

#include "core/cli/command.h"
#include "core/model/project.h"

namespace consort::cli {

// What the options of `run` set in a service, as a document that is merged over the files; "" where
// they set nothing. So the file's own rules say what a value may be, and the runtime's what it can
// honour. `environment`: of --env-from-file. Pure.
std::string run_overrides(const std::string& service, const Arguments& arguments,
                          const std::map<std::string, std::string>& environment);

// A capability that is both added and dropped is what the command line says.
void settle_capabilities(model::Service& service, const Arguments& arguments);

// The variables of the files of --env-from-file, the last of each. Errors: `invalid`, with every
// place.
base::Result<std::map<std::string, std::string>> variables_of_files(const Arguments& arguments);

}  // namespace consort::cli
