#include "core/cli/attach.h"

#include <algorithm>
#include <map>

#include "core/cli/asker.h"
#include "core/cli/exit_codes.h"
#include "core/cli/interrupts.h"
#include "core/cli/log_view.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"
#include "core/cli/requests.h"
#include "core/cli/screen.h"
#include "core/cli/successor.h"
#include "core/cli/supervisor_launch.h"

#include <boost/json/value.hpp>

namespace consort::cli {
namespace {

using base::ErrorKind;
using base::Result;
using model::ReplicaStatus;
using model::State;

int code_of(const ReplicaStatus& status) {
  if (!status.last_exit) return status.state == State::failed ? exit_code::failed : exit_code::ok;
  return status.last_exit->shell_code().value_or(exit_code::failed);
}

std::string exit_notice(const ReplicaStatus& status) {
  const std::string name = to_string(status.id);
  if (status.state == State::failed && !status.last_exit) return name + " failed: " + status.reason;
  if (!status.last_exit) return name + " ended";
  std::string text = name + " exited with code ";
  const auto code = status.last_exit->shell_code();
  text += code ? std::to_string(*code) : "unknown (" + status.last_exit->cause + ")";
  if (status.state == State::backoff) text += " (restarting)";
  return text;
}

class Session {
 public:
  Session(Context& context, Supervisor supervisor, const AttachOptions& options)
      : context_(context),
        client_(std::move(supervisor.client)),
        version_(std::move(supervisor.version)),
        options_(options),
        screen_(context, Aim::running),
        logs_(client_, screen_, options.style, base::system_clock().wall(),
              [this](std::string_view service) {
                return options_.shown.contains(std::string(service));
              }) {}

  Result<int> run(const api::UpRequest& request);

 private:
  Result<bool> start(const api::UpRequest& request);
  Result<void> watch();
  Result<void> look();
  Result<bool> reconnect();
  void see(const ReplicaStatus& status);
  bool finished() const;
  Result<void> stop_all();
  int code_at_end();
  void print_the_rest();

  Context& context_;
  api::Client client_;
  api::Version version_;  // what it said of itself
  const AttachOptions& options_;
  Interrupts interrupts_;
  Screen screen_;
  LogView logs_;
  std::map<model::ReplicaId, ReplicaStatus> replicas_;
  std::uint64_t cursor_ = 0;
  bool interrupted_ = false;
  std::optional<int> abort_code_;
};

// False: it did not come up, or was interrupted.
Result<bool> Session::start(const api::UpRequest& request) {
  Asker asker(client_, screen_, interrupts_.fd());
  const auto outcome = operate(
      client_, asker.target("/v1/up"), api::to_json(request),
      [&](const model::Event& event) {
        cursor_ = event.sequence;
        if (asker.take(event)) return;
        if (!event.service.empty()) logs_.expect({event.service, event.index});
        screen_.apply(event);
      },
      interrupts_.fd());
  screen_.finish();
  if (!outcome) {
    if (interrupts_.take() == 0) return outcome.error();
    interrupted_ = true;
    return false;
  }
  print_failures(screen_, context_, *outcome);
  return outcome->failures.empty();
}

void Session::see(const ReplicaStatus& status) {
  if (status.one_off) return;
  if (std::ranges::find(options_.services, status.id.service) == options_.services.end()) return;
  const auto before = replicas_.find(status.id);
  const bool known = before != replicas_.end();
  const bool ended = has_ended(status.state) || status.state == State::backoff;
  const bool was = known &&
                   (has_ended(before->second.state) || before->second.state == State::backoff) &&
                   before->second.generation == status.generation;
  replicas_[status.id] = status;
  logs_.expect(status.id);
  if (!ended || was) return;
  logs_.drain(status.id);
  if (options_.shown.contains(status.id.service)) {
    screen_.note(paint(context_.err_terminal, Color::dim, exit_notice(status)));
  }
  const Abort abort = abort_for(status, options_);
  if (abort.stop_all && !abort_code_) abort_code_ = abort.code;
}

bool Session::finished() const {
  if (abort_code_) return true;
  return std::ranges::all_of(replicas_,
                             [](const auto& entry) { return has_ended(entry.second.state); });
}

// Takes in how everything stands now.
Result<void> Session::look() {
  const auto replicas = get_services(client_);
  if (!replicas) return replicas.error();
  std::map<model::ReplicaId, ReplicaStatus> gone = replicas_;
  for (const auto& status : *replicas) {
    gone.erase(status.id);
    see(status);
  }
  for (const auto& [id, status] : gone) replicas_.erase(id);
  return {};
}

// The supervisor has gone: false if the project went with it (`down` elsewhere).
Result<bool> Session::reconnect() {
  auto found = started_successor(context_, version_);
  if (!found) return found.error();
  if (!*found) return false;
  screen_.note(taken_over);
  client_ = std::move((*found)->client);
  version_ = std::move((*found)->version);
  cursor_ = 0;
  logs_.restart();
  return true;
}

Result<void> Session::watch() {
  for (;;) {
    if (cursor_ == 0) {
      const auto read = follow_events(
          client_, "/v1/events",
          [&](const model::Event& event) {
            cursor_ = event.sequence;
            return true;
          },
          interrupts_.fd());
      if (!read && interrupts_.take() != 0) {
        interrupted_ = true;
        return {};
      }
      if (!read && read.error().kind() != ErrorKind::unavailable) return read.error();
    }
    bool ended = false;
    if (look()) {
      if (finished()) return {};
      const std::string path =
          target("/v1/events", {{"since", std::to_string(cursor_)}, {"follow", "1"}});
      const auto read = follow_events(
          client_, path,
          [&](const model::Event& event) {
            cursor_ = event.sequence;
            if (event.action == "destroy") {
              replicas_.erase({event.service, event.index});
            } else if (event.status) {
              see(*event.status);
            } else if (event.type == "gap") {
              return false;
            }
            ended = finished();
            return !ended;
          },
          interrupts_.fd());
      if (ended) return {};
      if (interrupts_.take() != 0) {
        interrupted_ = true;
        return {};
      }
      if (read && get_version(client_)) continue;  // events were lost: look again
    }
    const auto again = reconnect();
    if (!again) return again.error();
    if (!*again) return {};
  }
}

Result<void> Session::stop_all() {
  screen_.restart(Aim::stopped);
  if (interrupted_) screen_.note("Stopping in order; press Ctrl-C again to kill");
  api::ServicesRequest request;
  request.services = options_.services;
  request.timeout_ms = options_.stop_timeout_ms;
  const auto show = [&](const model::Event& event) { screen_.apply(event); };
  auto outcome = operate(client_, "/v1/stop", api::to_json(request), show, interrupts_.fd());
  if (!outcome && interrupts_.take() != 0) {
    interrupted_ = true;
    screen_.note("Killing");
    api::ServicesRequest kill;
    kill.services = options_.services;
    kill.signal = "SIGKILL";
    if (const auto killed = client_.post("/v1/kill", api::to_json(kill)); !killed) {
      return killed.error();
    }
    request.timeout_ms = 0;
    outcome = operate(client_, "/v1/stop", api::to_json(request), show, interrupts_.fd());
    if (!outcome && interrupts_.take() != 0) return {};
  }
  screen_.finish();
  if (!outcome) return outcome.error();
  print_failures(screen_, context_, *outcome);
  return {};
}

int Session::code_at_end() {
  if (!options_.exit_code_from.empty()) {
    for (const auto& [id, status] : replicas_) {
      if (id.service == options_.exit_code_from) return code_of(status);
    }
  }
  if (abort_code_) return *abort_code_;
  return interrupted_ ? exit_code::interrupted : exit_code::ok;
}

void Session::print_the_rest() {
  logs_.stop();
  if (const auto replicas = get_services(client_)) {
    for (const auto& status : *replicas) {
      if (status.one_off) continue;
      if (const auto known = replicas_.find(status.id); known != replicas_.end()) {
        known->second = status;
      }
      logs_.drain(status.id);
    }
  }
  logs_.finish();
}

Result<int> Session::run(const api::UpRequest& request) {
  for (const auto& name : options_.services) {
    const auto service = request.project.services.find(name);
    const auto scaled = request.scale.find(name);
    if (service == request.project.services.end()) continue;
    const std::uint32_t replicas =
        scaled == request.scale.end() ? service->second.replicas : scaled->second;
    if (replicas > 0) logs_.expect({name, replicas});  // the longest of its names
  }
  const auto up = start(request);
  if (!up) {
    print_the_rest();
    return up.error();
  }
  if (!*up && !interrupted_) {
    print_the_rest();
    bool any = false;
    if (const auto replicas = get_services(client_)) {
      any = std::ranges::any_of(
          *replicas, [](const ReplicaStatus& status) { return !has_ended(status.state); });
    }
    if (any) screen_.note("The other services go on; consort down stops them.");
    return exit_code::failed;
  }
  if (!interrupted_) {
    if (const auto watched = watch(); !watched) {
      print_the_rest();
      return watched.error();
    }
  }
  if (interrupted_ || abort_code_) {
    if (const auto stopped = stop_all(); !stopped) {
      print_the_rest();
      return stopped.error();
    }
  }
  print_the_rest();
  return code_at_end();
}

}  // namespace

Abort abort_for(const ReplicaStatus& status, const AttachOptions& options) {
  if (!has_ended(status.state)) return {};
  const int code = code_of(status);
  if (options.abort_on_exit) {
    const bool expected = code == 0 && options.one_shots.contains(status.id.service);
    return {!expected, code};
  }
  return {options.abort_on_failure && code != 0, code};
}

Result<int> attached_up(Context& context, Supervisor supervisor, const api::UpRequest& request,
                        const AttachOptions& options) {
  Session session(context, std::move(supervisor), options);
  return session.run(request);
}

}  // namespace consort::cli
