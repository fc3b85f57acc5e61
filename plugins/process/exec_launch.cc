#include <algorithm>
#include <csignal>
#include <cstring>
#include <variant>

#include "plugins/process/account.h"
#include "plugins/process/executable.h"
#include "plugins/process/launch.h"
#include "plugins/process/spec_text.h"

namespace consort::process {

Launch prepare_exec(const Exec& request, const std::string& service_spec, const std::string& id) {
  std::vector<std::string_view> replaced = {
      "id",          "exec",     "arg",           "stdin",         "tty",  "fifo_dir",
      "stop_signal", "grace_ms", "log_max_bytes", "log_max_files", "rows", "cols"};
  const std::string directory = !request.working_dir.empty()
                                    ? std::string(request.working_dir)
                                    : std::string(spec_value(service_spec, "cwd"));
  std::string path;
  for (const auto variable : spec_values(service_spec, "env")) {
    if (variable.starts_with("PATH=")) path = variable.substr(5);
  }
  for (const std::string_view variable : request.env) {
    if (variable.starts_with("PATH=")) path = variable.substr(5);
  }
  if (request.argv.empty()) return {"", {{"", "cannot run: there is no command"}}, 0};
  const Executable program = locate_executable(request.argv[0], directory, path);
  if (program.path.empty()) return {"", {{"", program.error}}, program.code};

  SpecText own;
  own.add("mode", "exec").add("id", id).add("exec", program.path);
  for (const std::string_view arg : request.argv) own.add("arg", arg);
  own.add("cwd", directory).add("stop_signal", SIGTERM).add("grace_ms", std::uint64_t{0});
  own.add("tty", request.tty ? "1" : "0");
  own.add("rows", request.rows).add("cols", request.columns);
  replaced.push_back("cwd");
  if (!request.user.empty()) {
    const auto resolved = resolve_account(request.user, {});
    if (const auto* error = std::get_if<std::string>(&resolved)) return {"", {{"", *error}}, 0};
    const Account& account = std::get<Account>(resolved);
    if (const std::string why = cannot_become(account); !why.empty()) return {"", {{"", why}}, 0};
    own.add("uid", account.uid).add("gid", account.gid);
    for (const gid_t group : account.groups) own.add("group", group);
    replaced.insert(replaced.end(), {"uid", "gid", "group"});
  }
  // Later entries win in no libc: the shim passes env on as it is, so drop what is set anew.
  std::string rest = spec_without(service_spec, replaced);
  const std::vector<std::string_view> added(request.env.begin(), request.env.end());
  const auto overridden = [&](std::string_view variable) {
    const std::string_view name = variable.substr(0, variable.find('=') + 1);
    return std::any_of(added.begin(), added.end(),
                       [&](std::string_view a) { return a.starts_with(name); });
  };
  for (const auto variable : spec_values(rest, "env")) {
    if (!overridden(variable)) own.add("env", variable);
  }
  for (const auto variable : added) own.add("env", variable);
  return {spec_without(rest, {"env"}) + own.str(), {}, 0};
}

}  // namespace consort::process
