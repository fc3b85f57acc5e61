#include "core/cli/image_work.h"

#include <boost/json/value.hpp>

#include "core/cli/exit_codes.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/supervisor_launch.h"

namespace consort::cli {

base::Result<int> get_images(Context& context, model::Project project,
                             std::vector<std::string> services, std::string_view path,
                             api::ImagesRequest request, bool quiet) {
  if (services.empty()) return exit_code::ok;
  if (quiet) context.progress = ProgressMode::quiet;
  request.services = std::move(services);
  request.project = std::move(project);
  auto supervisor = supervisor_for(context, request.project);
  if (!supervisor) return supervisor.error();
  auto& [client, version] = *supervisor;
  const bool no_project = !client.get("/v1/project");  // the supervisor ends after this
  const SupervisorEnd end(version);
  auto code = show_operation(context, client, path, api::to_json(request), Aim::running);
  if (no_project && code && *code != exit_code::interrupted) end.wait();
  return code;
}

}  // namespace consort::cli
