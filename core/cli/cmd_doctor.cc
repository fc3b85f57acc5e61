#include <algorithm>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/text.h"
#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/limits.h"
#include "core/cli/project_context.h"
#include "core/cli/runtime_checkup.h"
#include "core/cli/supervisor_launch.h"
#include "core/cli/table.h"
#include "core/config/discovery.h"
#include "core/runtime/registry.h"

namespace consort::cli {
namespace {

namespace json = boost::json;

constexpr Option options[] = {format_option};

struct RuntimeReport {
  std::string name, state, summary;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::pair<std::string, std::string>> problems;  // message, advice
};

std::string string_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return {};
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

RuntimeReport from_manifest(const runtime::FoundRuntime& found) {
  RuntimeReport report{
      found.name, std::string(to_string(found.state)), found.manifest.description, {}, {}};
  report.facts = {{"version", found.manifest.version}, {"library", found.library.string()}};
  if (!found.reason.empty()) report.problems.emplace_back(found.reason, "");
  return report;
}

// What the runtime itself says.
void add_fingerprint(RuntimeReport& report, const json::object& found) {
  if (const std::string summary = string_at(found, "summary"); !summary.empty()) {
    report.summary = summary;
  }
  if (const auto* facts = found.if_contains("facts"); facts != nullptr && facts->is_object()) {
    for (const auto& [key, value] : facts->get_object()) {
      report.facts.emplace_back(key, string_at(facts->get_object(), key));
    }
  }
  const auto* problems = found.if_contains("problems");
  if (problems == nullptr || !problems->is_array()) return;
  for (const auto& problem : problems->get_array()) {
    if (!problem.is_object()) continue;
    report.problems.emplace_back(string_at(problem.get_object(), "message"),
                                 string_at(problem.get_object(), "advice"));
  }
}

// The supervisor of the project that is meant, if one is meant and runs.
std::optional<api::Client> supervisor_here(Context& context) {
  std::error_code ignored;
  const bool named = context.globals.flag("project-name") || context.globals.flag("file") ||
                     std::getenv("COMPOSE_PROJECT_NAME") != nullptr ||
                     config::discover_files(std::filesystem::current_path(ignored));
  if (!named) return std::nullopt;
  const auto name = project_name(context);
  if (!name) return std::nullopt;
  auto found = find_supervisor(*name);
  if (!found) context.warn(found.error().message());
  if (!found || !*found) return std::nullopt;
  return std::move((*found)->client);
}

// What the supervisor's runtimes say; nothing where none runs.
json::array of_those_in_use(Context& context) {
  auto client = supervisor_here(context);
  if (!client) return {};
  const auto answer = client->get("/v1/doctor");
  if (!answer) {
    context.warn("cannot ask the supervisor: " + answer.error().message());
    return {};
  }
  const auto* list = answer->is_object() ? answer->get_object().if_contains("runtimes") : nullptr;
  return list != nullptr && list->is_array() ? list->get_array() : json::array();
}

std::vector<RuntimeReport> runtime_reports(Context& context) {
  std::vector<RuntimeReport> reports;
  const runtime::Registry& registry = found_runtimes(context);
  std::set<std::string> usable;
  for (const auto& found : registry.all()) {
    using State = runtime::FoundRuntime::State;
    if (found.state != State::shadowed) reports.push_back(from_manifest(found));
    if (found.state == State::usable) usable.insert(found.name);
  }
  for (const auto& value : of_those_in_use(context)) {
    if (!value.is_object()) continue;
    const std::string name = string_at(value.get_object(), "name");
    auto report = std::ranges::find(reports, name, &RuntimeReport::name);
    if (report == reports.end()) report = reports.insert(reports.end(), {name, "", "", {}, {}});
    report->state = "in use";
    add_fingerprint(*report, value.get_object());
    usable.erase(name);
  }
  const auto answers = check_up(context, {usable.begin(), usable.end()});
  for (const auto& answer : answers) {
    const auto report = std::ranges::find(reports, string_at(answer, "name"), &RuntimeReport::name);
    if (report != reports.end()) add_fingerprint(*report, answer);
  }
  return reports;
}

json::object report_json(const std::vector<Check>& checks,
                         const std::vector<RuntimeReport>& reports) {
  json::array machine;
  for (const auto& check : checks) {
    machine.push_back({{"name", check.name},
                       {"value", check.value},
                       {"verdict", to_string(check.verdict)},
                       {"advice", check.advice}});
  }
  json::array runtimes;
  for (const auto& report : reports) {
    json::object facts;
    for (const auto& [key, value] : report.facts) facts[key] = value;
    json::array problems;
    for (const auto& [message, advice] : report.problems) {
      problems.push_back({{"message", message}, {"advice", advice}});
    }
    runtimes.push_back({{"name", report.name},
                        {"state", report.state},
                        {"summary", report.summary},
                        {"facts", std::move(facts)},
                        {"problems", std::move(problems)}});
  }
  return {{"machine", std::move(machine)}, {"runtimes", std::move(runtimes)}};
}

std::string report_text(const Context& context, const std::vector<Check>& checks,
                        const std::vector<RuntimeReport>& reports) {
  std::string text = "Runtimes\n";
  for (const auto& report : reports) {
    text += "  " + report.name + " (" + report.state + "): " + harmless(report.summary) + '\n';
    for (const auto& [key, value] : report.facts) {
      text += "    " + key + ": " + harmless(value) + '\n';
    }
    for (const auto& [message, advice] : report.problems) {
      text += paint(context.out_terminal, Color::red, "    problem: ") + harmless(message) + '\n';
      if (!advice.empty()) text += "      what to do: " + harmless(advice) + '\n';
    }
  }
  if (reports.empty()) text += "  none was found: install one (consort runtimes shows where)\n";
  text += "\nThis machine\n";
  Table table({"  WHAT", "VALUE", "VERDICT"});
  for (const auto& check : checks) {
    const Color color = check.verdict == Verdict::good   ? Color::green
                        : check.verdict == Verdict::weak ? Color::yellow
                                                         : Color::red;
    table.add({"  " + check.name, check.value,
               paint(context.out_terminal, color, to_string(check.verdict))});
  }
  text += table.text();
  bool head = false;
  for (const auto& check : checks) {
    if (check.advice.empty()) continue;
    if (!head) text += "\nWhat to do\n";
    head = true;
    text += "  " + check.name + ": " + check.advice + '\n';
  }
  return text;
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  const auto checks = judge(read_machine_facts());
  const auto reports = runtime_reports(context);
  if (wants_json(arguments)) {
    context.out.line(json::serialize(report_json(checks, reports)));
  } else {
    context.show(report_text(context, checks, reports));
  }
  bool fit = !reports.empty();
  for (const auto& check : checks) fit = fit && check.verdict != Verdict::missing;
  for (const auto& report : reports) fit = fit && report.problems.empty();
  return fit ? exit_code::ok : exit_code::failed;
}

}  // namespace

const Command cmd_doctor{
    .name = "doctor",
    .summary = "Show what this machine and the runtimes can do, what is missing and what to do",
    .usage = "[OPTIONS]",
    .details =
        "Asks every runtime that is installed: those in use by the project's supervisor through "
        "it, the others in short-lived processes of their own. Ends with 1 if something is "
        "missing.",
    .options = options,
    .run = run,
};

}  // namespace consort::cli
