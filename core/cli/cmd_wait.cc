#include <algorithm>

#include <boost/json/value.hpp>

#include "core/cli/commands.h"
#include "core/cli/exit_codes.h"
#include "core/cli/interrupts.h"
#include "core/cli/operation.h"
#include "core/cli/project_context.h"

namespace consort::cli {
namespace {

constexpr Option options[] = {
    {"down-project", 0, "", "Take the project down when the first of them has ended"},
};

// Reports the end of each wanted replica once.
class Waiter {
 public:
  Waiter(Context& context, std::vector<model::ReplicaStatus> wanted, bool first_only)
      : context_(context), left_(std::move(wanted)), first_only_(first_only) {}

  bool done() const { return left_.empty() || (first_only_ && ended_ > 0); }
  int code() const { return code_; }

  void see(const model::ReplicaStatus& status) {
    if (done() || !has_ended(status.state)) return;
    const auto found = std::ranges::find(left_, status.id, &model::ReplicaStatus::id);
    if (found == left_.end()) return;
    left_.erase(found);
    ++ended_;
    const auto code = status.last_exit ? status.last_exit->shell_code() : std::nullopt;
    code_ = code.value_or(exit_code::failed);
    context_.out.line(code ? std::to_string(*code) : "unknown");
    context_.out.flush();
  }

 private:
  Context& context_;
  std::vector<model::ReplicaStatus> left_;
  bool first_only_;
  int ended_ = 0;
  int code_ = exit_code::ok;
};

base::Result<int> wait_for(api::Client& client, Waiter& waiter) {
  Interrupts interrupts;
  // From before the snapshot, so that no end falls between the two.
  std::string cursor = "0";
  const auto last = follow_events(
      client, "/v1/events",
      [&](const model::Event& event) {
        cursor = std::to_string(event.sequence);
        return true;
      },
      interrupts.fd());
  if (!last) return last.error();
  for (bool again = true; again && !waiter.done();) {
    again = false;
    const auto replicas = get_services(client);
    if (!replicas) return replicas.error();
    for (const auto& status : *replicas) waiter.see(status);
    if (waiter.done()) break;
    const auto read = follow_events(
        client, target("/v1/events", {{"since", cursor}, {"follow", "1"}}),
        [&](const model::Event& event) {
          cursor = std::to_string(event.sequence);
          again = event.type == "gap";
          if (event.status) waiter.see(*event.status);
          return !again && !waiter.done();
        },
        interrupts.fd());
    if (interrupts.take_all() > 0) return exit_code::interrupted;
    if (!read && !waiter.done()) return read.error();
  }
  if (waiter.done()) return waiter.code();
  return base::Error(base::ErrorKind::unavailable,
                     "cannot wait any longer: the supervisor has ended");
}

base::Result<int> run(Context& context, const Arguments& arguments) {
  auto running = running_project(context, arguments.words());
  if (!running) return running.error();
  const auto replicas = get_services(running->client);
  if (!replicas) return replicas.error();
  if (auto known = check_started(*replicas, arguments.words()); !known) return known.error();
  std::vector<model::ReplicaStatus> wanted;
  for (const std::string& service : arguments.words()) {
    for (const auto& status : *replicas) {
      if (status.id.service == service && !status.one_off) wanted.push_back(status);
    }
  }
  const bool down = arguments.flag("down-project");
  Waiter waiter(context, std::move(wanted), down);
  const auto code = wait_for(running->client, waiter);
  if (!code || !down || *code == exit_code::interrupted) return code;
  const auto downed = show_operation(context, running->client, "/v1/down",
                                     api::to_json(api::DownRequest{}), Aim::removed);
  if (!downed) return downed.error();
  return *downed == exit_code::ok ? code : downed;
}

}  // namespace

const Command cmd_wait{
    .name = "wait",
    .summary = "Wait until services have ended",
    .usage = "[OPTIONS] SERVICE [SERVICE...]",
    .details =
        "Waits until every replica has ended and is not going to be started again, prints "
        "their exit codes, and ends with the last one.",
    .options = options,
    .words = Words::services,
    .least = 1,
    .most = any_number,
    .run = run,
};

}  // namespace consort::cli
