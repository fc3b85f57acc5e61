#include <boost/json/serialize.hpp>

#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"
#include "core/cli/status_text.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"protocol", 0, "PROTOCOL", "tcp (if not given), udp or sctp", false, "tcp|udp|sctp"},
    {"index", 0, "N", "Which replica (1 if not given)"},
    format_option,
};

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto index = index_option(arguments, 1);
  if (!index) return context.usage(index.error().message());
  const std::string protocol = arguments.get("protocol", "tcp");
  const std::string& service = arguments.words()[0];
  const std::string& port = arguments.words()[1];
  auto running = running_project(context, {arguments.words().front()});
  if (!running) return running.error();
  const auto replicas = get_services(running->client);
  if (!replicas) return replicas.error();

  bool known = false;
  for (const auto& status : *replicas) {
    if (status.id.service != service || status.id.index != *index || status.one_off) continue;
    known = true;
    for (const auto& text : status.ports) {
      const PortText found = parse_port(text);
      if (found.target != port || found.protocol != protocol || found.published.empty()) continue;
      if (wants_json(arguments)) {
        context.out.line(boost::json::serialize(boost::json::object{
            {"URL", found.address}, {"PublishedPort", std::stoi(found.published)}}));
      } else {
        context.out.line(found.address + ':' + found.published);
      }
      return exit_code::ok;
    }
  }
  const std::string name = to_string(model::ReplicaId{service, *index});
  return base::Error(
      base::ErrorKind::not_found,
      known ? "no port " + port + '/' + protocol + " of " + name + " is published"
            : "no replica " + name + " of project " + running->version.project + " runs");
}

}  // namespace

const Command cmd_port{
    .name = "port",
    .summary = "Show where a service's port is published",
    .usage = "[OPTIONS] SERVICE PORT",
    .options = options,
    .words = Words::services,
    .least = 2,
    .most = 2,
    .run = run,
};

}  // namespace consort::cli
