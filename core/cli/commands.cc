#include "core/cli/commands.h"

#include <algorithm>

namespace consort::cli {
namespace {

constexpr const Command* table[] = {
    &cmd_up,
    &cmd_down,
    &cmd_ps,
    &cmd_ls,
    &cmd_logs,
    &cmd_create,
    &cmd_start,
    &cmd_stop,
    &cmd_restart,
    &cmd_pause,
    &cmd_unpause,
    &cmd_kill,
    &cmd_rm,
    &cmd_attach,
    &cmd_exec,
    &cmd_run,
    &cmd_cp,
    &cmd_top,
    &cmd_wait,
    &cmd_events,
    &cmd_stats,
    &cmd_port,
    &cmd_pull,
    &cmd_build,
    &cmd_images,
    &cmd_config,
    &cmd_plan,
    &cmd_runtimes,
    &cmd_schema,
    &cmd_doctor,
    &cmd_ssh_trust,
    &cmd_version,
    &cmd_completion,
    &cmd_help,
    &cmd_supervisor_status,
    &cmd_supervisor_stop,
    &cmd_supervisor_restart,
    &cmd_supervisor_run,
    &cmd_complete,
};

}  // namespace

std::span<const Command* const> commands() { return table; }

const Command* find_command(std::string_view name) {
  const auto found = std::ranges::find(table, name, &Command::name);
  return found == std::end(table) ? nullptr : *found;
}

}  // namespace consort::cli
