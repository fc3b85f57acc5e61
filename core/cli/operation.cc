#include "core/cli/operation.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <set>

#include "core/cli/asker.h"
#include "core/cli/exit_codes.h"
#include "core/cli/interrupts.h"
#include "core/model/duration.h"

namespace consort::cli {
namespace {

using base::Error;
using base::ErrorKind;

std::string replica_name(const std::string& service, std::uint32_t index) {
  if (service.empty()) return {};
  return index == 0 ? service : model::to_string(model::ReplicaId{service, index});
}

// What failed after it had run, or ended badly while others waited for it, may have written why.
void point_at_logs(Screen& screen, api::Client& client, const api::OutcomeReply& outcome,
                   base::WallTime began) {
  const auto replicas = get_services(client);
  if (!replicas) return;
  std::set<std::string> ended;
  for (const auto& status : *replicas) {
    const bool failed = std::ranges::any_of(outcome.failures, [&](const auto& failure) {
      return failure.service == status.id.service && failure.index == status.id.index;
    });
    const bool over = has_ended(status.state) || status.state == model::State::backoff;
    if (!over || !status.last_exit) continue;
    const bool badly = status.last_exit->at >= began && !status.last_exit->success();
    if (failed || badly) ended.insert(status.id.service);
  }
  if (ended.empty()) return;
  std::string command = "consort logs";
  for (const auto& service : ended) command += ' ' + service;
  screen.note(command + " shows what was written");
}

}  // namespace

void print_failures(Screen& screen, const Context& context, const api::OutcomeReply& outcome) {
  for (const auto& action : outcome.actions) {
    if (action.verb != "orphan") continue;
    screen.note(paint(context.err_terminal, Color::yellow, "warning: ") +
                replica_name(action.service, action.index) +
                " runs but is no longer in the file; --remove-orphans stops it");
  }
  for (const auto& failure : outcome.failures) {
    std::string text = failure.message;
    const std::string name = replica_name(failure.service, failure.index);
    if (!name.empty() && text.find(failure.service) == std::string::npos) text = name + ": " + text;
    screen.note(error_text(context.err_terminal, text));
  }
}

base::Result<int> show_operation(Context& context, api::Client& client, std::string_view path,
                                 const boost::json::value& body, Aim aim,
                                 std::optional<std::int64_t> limit_ms) {
  const auto began = std::chrono::steady_clock::now();
  const auto began_at = base::system_clock().wall();
  const auto overdue = [&] {
    return limit_ms &&
           std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(*limit_ms);
  };
  Interrupts interrupts;
  Screen screen(context, aim);
  Asker asker(client, screen, interrupts.fd());
  const auto outcome = operate(
      client, asker.target(path), body,
      [&](const model::Event& event) {
        if (!asker.take(event)) screen.apply(event);
      },
      interrupts.fd());
  screen.finish();
  if (!outcome) {
    if (interrupts.take_all() == 0) {
      if (!overdue()) return outcome.error();
      screen.note(error_text(context.err_terminal, outcome.error().message()));
      return exit_code::timed_out;
    }
    context.warn("interrupted; the supervisor goes on with it (consort ps shows how it stands)");
    return exit_code::interrupted;
  }
  print_failures(screen, context, *outcome);
  if (outcome->failures.empty()) return exit_code::ok;
  point_at_logs(screen, client, *outcome, began_at);
  return overdue() ? exit_code::timed_out : exit_code::failed;
}

base::Result<std::optional<std::int64_t>> timeout_option(const Arguments& arguments,
                                                         std::string_view name) {
  const auto text = arguments.value(name);
  if (!text) return std::optional<std::int64_t>{};
  double seconds = 0;
  const char* const end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, seconds);
  if (error == std::errc() && at == end && std::isfinite(seconds) && seconds >= 0 &&
      seconds <= 1e9) {
    return std::optional<std::int64_t>(std::llround(seconds * 1000));
  }
  if (const auto duration = model::parse_duration(*text); duration && duration->count() >= 0) {
    return std::optional<std::int64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(*duration).count());
  }
  return Error(ErrorKind::invalid, "--" + std::string(name) + " cannot be \"" + *text +
                                       "\": give seconds (10) or a duration (1m30s)");
}

base::Result<std::uint32_t> index_option(const Arguments& arguments, std::uint32_t otherwise) {
  const auto text = arguments.value("index");
  if (!text) return otherwise;
  std::uint32_t index = 0;
  const char* const end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, index);
  if (error == std::errc() && at == end && index > 0) return index;
  return Error(ErrorKind::invalid,
               "--index cannot be \"" + *text + "\": replicas are counted from 1");
}

}  // namespace consort::cli
