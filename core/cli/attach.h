#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/api/client.h"
#include "core/cli/context.h"
#include "core/cli/log_printer.h"
#include "core/cli/supervisor_launch.h"
#include "core/model/event.h"

namespace consort::cli {

struct AttachOptions {
  std::vector<std::string> services;  // of this `up`: stopped by Ctrl-C, waited for; all named
  std::set<std::string> shown;        // whose output is printed
  std::set<std::string> one_shots;    // others wait for their success: exit 0 aborts nothing
  bool abort_on_exit = false;
  bool abort_on_failure = false;
  std::string exit_code_from;  // a service
  std::optional<std::int64_t> stop_timeout_ms;
  LogStyle style;
};

// An attached `up`: starts, prints the output, and stays until everything has ended or Ctrl-C has
// stopped it in order (twice: killed). The exit code.
base::Result<int> attached_up(Context& context, Supervisor supervisor,
                              const api::UpRequest& request, const AttachOptions& options);

// Pure: what an ended replica means for an attached `up`.
struct Abort {
  bool stop_all = false;
  int code = 0;
};
Abort abort_for(const model::ReplicaStatus& status, const AttachOptions& options);

}  // namespace consort::cli
