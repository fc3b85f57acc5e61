#include "core/cli/status_text.h"

#include <boost/json/array.hpp>

#include "core/model/json.h"

namespace consort::cli {
namespace {

using model::Health;
using model::State;

std::string ago(model::WallTime then, model::WallTime now) {
  if (then == model::WallTime{}) return {};
  return ' ' + human_duration(now - then) + " ago";
}

std::string with_reason(std::string word, const std::string& reason) {
  return reason.empty() ? word : word + ": " + reason;
}

std::string code_text(const model::ExitInfo& exit) {
  const auto code = exit.shell_code();
  return code ? std::to_string(*code) : "?";
}

// Made, but never started.
bool only_created(const model::ReplicaStatus& status) {
  return status.state == State::stopped && status.generation == 0;
}

// What `State` says: with two words more than the state itself has.
std::string_view state_name(const model::ReplicaStatus& status) {
  if (only_created(status)) return "created";
  return status.paused ? "paused" : to_string(status.state);
}

std::string_view docker_name(State state) {
  switch (state) {
    case State::pending:
      return "created";
    case State::backoff:
      return "restarting";
    case State::failed:
      return "dead";
    case State::stopped:
      return "exited";
    default:
      return to_string(state);
  }
}

}  // namespace

std::string human_duration(std::chrono::nanoseconds duration) {
  using namespace std::chrono;
  const auto s = duration_cast<seconds>(duration).count();
  const auto minutes = s / 60;
  const auto hours = (s + 1800) / 3600;
  if (s < 1) return "Less than a second";
  if (s == 1) return "1 second";
  if (s < 60) return std::to_string(s) + " seconds";
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return std::to_string(minutes) + " minutes";
  if (hours == 1) return "About an hour";
  if (hours < 48) return std::to_string(hours) + " hours";
  if (hours < 24 * 7 * 2) return std::to_string(hours / 24) + " days";
  if (hours < 24 * 30 * 2) return std::to_string(hours / 24 / 7) + " weeks";
  if (hours < 24 * 365 * 2) return std::to_string(hours / 24 / 30) + " months";
  return std::to_string(hours / 24 / 365) + " years";
}

std::string status_text(const model::ReplicaStatus& status, model::WallTime now) {
  switch (status.state) {
    case State::pending:
      if (status.reason.starts_with("waits ")) return "Waiting " + status.reason.substr(6);
      return with_reason("Waiting", status.reason);
    case State::starting:
      return with_reason("Starting", status.reason);
    case State::running: {
      std::string text = "Up";
      if (status.started_at != model::WallTime{}) {
        text += ' ' + human_duration(now - status.started_at);
      }
      if (status.paused) return text + " (Paused)";
      if (status.health == Health::starting) return text + " (health: starting)";
      if (status.health != Health::none) text += " (" + std::string(to_string(status.health)) + ')';
      return text;
    }
    case State::backoff:
      if (!status.last_exit) return with_reason("Restarting", status.reason);
      return "Restarting (" + code_text(*status.last_exit) + ')' + ago(status.last_exit->at, now);
    case State::stopping:
      return "Stopping";
    case State::exited:
    case State::stopped:
      if (only_created(status)) return "Created";
      if (!status.last_exit) return "Stopped";
      return "Exited (" + code_text(*status.last_exit) + ')' + ago(status.last_exit->at, now);
    case State::failed:
      return with_reason("Failed", status.reason);
    case State::unknown:
      return with_reason("Unknown", status.reason);
  }
  return {};
}

PortText parse_port(std::string_view text) {
  PortText port;
  if (const std::size_t slash = text.rfind('/'); slash != std::string_view::npos) {
    port.protocol = text.substr(slash + 1);
    text = text.substr(0, slash);
  }
  const std::size_t arrow = text.find("->");
  if (arrow == std::string_view::npos) {
    port.target = text;
    return port;
  }
  port.target = text.substr(arrow + 2);
  const std::string_view host = text.substr(0, arrow);
  const std::size_t colon = host.rfind(':');
  port.published = colon == std::string_view::npos ? host : host.substr(colon + 1);
  port.address = colon == std::string_view::npos ? "0.0.0.0" : host.substr(0, colon);
  return port;
}

boost::json::object ps_json(const model::ReplicaStatus& status, const std::string& project,
                            model::WallTime now) {
  const auto number = [](const std::string& text) -> std::int64_t {
    return text.empty() ? 0 : std::strtoll(text.c_str(), nullptr, 10);
  };
  boost::json::array publishers;
  std::string ports;
  for (const auto& text : status.ports) {
    const PortText port = parse_port(text);
    publishers.push_back({{"URL", port.address},
                          {"TargetPort", number(port.target)},
                          {"PublishedPort", number(port.published)},
                          {"Protocol", port.protocol}});
    ports += (ports.empty() ? "" : ", ") + text;
  }
  boost::json::object object;
  object["ID"] = status.instance;
  object["Name"] = to_string(status.id);
  object["Service"] = status.id.service;
  object["Project"] = project;
  object["Command"] = status.command;
  object["State"] = state_name(status);
  object["Health"] = status.health == Health::none ? "" : to_string(status.health);
  object["Status"] = status_text(status, now);
  const bool over = status.state != State::running && status.last_exit.has_value();
  object["ExitCode"] = over ? status.last_exit->shell_code().value_or(-1) : 0;
  object["Publishers"] = std::move(publishers);
  object["Ports"] = ports;
  object["Runtime"] = status.runtime;
  object["Pid"] = status.pid;
  object["Instance"] = status.instance;
  object["Index"] = status.id.index;
  object["Restarts"] = status.restarts;
  object["Reason"] = status.reason;
  object["StartedAt"] = model::format_time(status.started_at);
  object["OneOff"] = status.one_off;
  return object;
}

bool state_is(const model::ReplicaStatus& status, std::string_view name) {
  if (state_name(status) != to_string(status.state)) return state_name(status) == name;
  return to_string(status.state) == name || docker_name(status.state) == name;
}

bool is_state_name(std::string_view name) {
  return model::parse_state(name).has_value() || name == "created" || name == "restarting" ||
         name == "dead" || name == "paused";
}

}  // namespace consort::cli
