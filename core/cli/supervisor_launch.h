#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/api/client.h"
#include "core/api/protocol.h"
#include "core/base/file.h"
#include "core/base/paths.h"
#include "core/cli/command.h"

namespace consort::cli {

// One that has answered, and what it said of itself then.
struct Supervisor {
  api::Client client;
  api::Version version;
};

// The supervisor of a project, or nothing where none runs. An error where one cannot be used: it
// does not answer (`unavailable`), or its place is not this user's own (`denied`).
base::Result<std::optional<Supervisor>> find_supervisor(const std::string& project);

// The same, and starts one where none answers: detached from this terminal, in a session of its
// own. Two commands at once start one: they wait for each other. The error is the supervisor's own
// where it could not start. SIGINT and the like end the wait, and this process, as usual.
base::Result<Supervisor> start_supervisor(const std::string& project,
                                          const std::vector<std::string>& plugin_dirs);

// For commands about what runs: the supervisor; or a new one where there is none but its record is
// (it adopts what still runs); else `not_found`, "nothing of project X runs".
base::Result<Supervisor> supervisor_of_running(const std::string& project,
                                               const std::vector<std::string>& plugin_dirs);

// Ends it, the services go on; returns when its process has gone.
base::Result<void> end_supervisor(Supervisor& supervisor);
// Ends the one that runs, if any, and starts another. Who looks for one meanwhile waits for that.
base::Result<Supervisor> replace_supervisor(const std::string& project,
                                            const std::vector<std::string>& plugin_dirs);

// Watches the supervisor's process: `wait` returns when it has ended, after a few seconds at the
// latest, so that nothing is left when a command that ends it returns.
class SupervisorEnd {
 public:
  explicit SupervisorEnd(const api::Version& supervisor);
  void wait() const;

 private:
  base::Fd process_;
};

// Is there a record of something that was started and not taken down?
bool has_record(const base::ProjectPaths& paths);

// Names of the projects with a record or a socket, sorted.
std::vector<std::string> known_projects(const base::Roots& roots);

}  // namespace consort::cli
