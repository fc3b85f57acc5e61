#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/context.h"
#include "core/cli/exit_codes.h"
#include "core/cli/project_context.h"
#include "core/cli/table.h"
#include "core/runtime/registry.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"verbose", 0, "", "Show their aliases and features too"},
    format_option,
};

std::string abi_text(const runtime::Manifest::Abi& abi) {
  return std::to_string(abi.major) + '.' + std::to_string(abi.minor_needed);
}

boost::json::array array_of(const std::vector<std::string>& texts) {
  boost::json::array array;
  for (const auto& text : texts) array.emplace_back(text);
  return array;
}

boost::json::object runtime_json(const runtime::FoundRuntime& found) {
  return {{"name", found.name},
          {"aliases", array_of(found.manifest.aliases)},
          {"version", found.manifest.version},
          {"description", found.manifest.description},
          {"abi",
           {{"major", found.manifest.abi.major},
            {"minor_needed", found.manifest.abi.minor_needed},
            {"minor_built", found.manifest.abi.minor_built}}},
          {"features", array_of(found.manifest.features)},
          {"library", found.library.string()},
          {"manifest", found.manifest_path.string()},
          {"state", to_string(found.state)},
          {"reason", found.reason}};
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  const runtime::Registry& registry = found_runtimes(context);
  if (wants_json(arguments)) {
    boost::json::array list;
    for (const auto& found : registry.all()) list.push_back(runtime_json(found));
    context.out.line(boost::json::serialize(list));
    return exit_code::ok;
  }
  const bool verbose = arguments.flag("verbose");
  std::vector<std::string> head{"NAME", "VERSION", "ABI", "STATE", "LIBRARY"};
  if (verbose) head.insert(head.end(), {"ALIASES", "FEATURES"});
  Table table(std::move(head));
  for (const auto& found : registry.all()) {
    const auto& manifest = found.manifest;
    std::vector<std::string> row{found.name, manifest.version, abi_text(manifest.abi),
                                 std::string(to_string(found.state)), found.library.string()};
    if (verbose) {
      row.push_back(base::join(manifest.aliases, ","));
      row.push_back(base::join(manifest.features, ","));
    }
    table.add(std::move(row));
  }
  context.show(table.text());
  for (const auto& found : registry.all()) {
    if (!found.reason.empty()) context.warn(found.name + ": " + found.reason);
  }
  if (registry.all().empty()) {
    std::string folders;
    for (const auto& folder : registry.folders()) folders += "\n  " + folder.string();
    context.warn("no runtime was found in" + folders);
  }
  return exit_code::ok;
}

}  // namespace

const Command cmd_runtimes{
    .name = "runtimes",
    .summary = "Show the runtimes that were found",
    .usage = "[OPTIONS]",
    .details = "Reads the manifests only: no runtime's code is run.",
    .options = options,
    .run = run,
};

}  // namespace consort::cli
