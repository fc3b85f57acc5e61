#pragma once

#include <span>

#include "core/cli/command.h"

namespace consort::cli {

// Every command, in the order of the help.
std::span<const Command* const> commands();

// By its name ("supervisor run"); nullptr: none.
const Command* find_command(std::string_view name);

extern const Command cmd_up, cmd_down, cmd_ps, cmd_ls, cmd_logs, cmd_start, cmd_stop, cmd_restart,
    cmd_kill, cmd_attach, cmd_exec, cmd_run, cmd_wait, cmd_events, cmd_stats, cmd_port, cmd_config,
    cmd_plan, cmd_runtimes, cmd_schema, cmd_doctor, cmd_version, cmd_completion, cmd_help,
    cmd_complete, cmd_pull, cmd_build, cmd_images, cmd_create, cmd_pause, cmd_unpause, cmd_rm,
    cmd_cp, cmd_top, cmd_supervisor_run, cmd_supervisor_stop, cmd_supervisor_restart,
    cmd_supervisor_status, cmd_ssh_trust;

}  // namespace consort::cli
