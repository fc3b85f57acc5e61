#include "core/cli/progress.h"

#include <algorithm>
#include <cstdio>

namespace consort::cli {
namespace {

using model::Health;
using model::State;

// "waits for db to start" behind the word "Waiting".
std::string waited_for(const std::string& reason) {
  return reason.starts_with("waits ") ? reason.substr(6) : reason;
}

Step running(const model::ReplicaStatus& status, Aim aim) {
  const bool wants_end = aim == Aim::stopped || aim == Aim::removed;
  const Standing reached = wants_end ? Standing::working : Standing::done;
  if (status.paused) return {reached, "Paused", ""};
  switch (status.health) {
    case Health::none:
      return {reached, wants_end ? "Running" : "Started", ""};
    case Health::starting:
      return {aim == Aim::ready ? Standing::working : reached,
              aim == Aim::ready ? "Waiting" : "Started", aim == Aim::ready ? "health" : ""};
    case Health::healthy:
      return {reached, "Healthy", ""};
    case Health::unhealthy:
      return {Standing::failed, "Unhealthy", status.reason};
  }
  return {};
}

Step ended(const model::ReplicaStatus& status, Aim aim) {
  if (aim == Aim::stopped || aim == Aim::removed) return {Standing::done, "Stopped", ""};
  if (!status.last_exit) return {Standing::done, "Exited", ""};
  const bool well = status.last_exit->success();
  return {well ? Standing::done : Standing::failed, "Exited",
          well ? "" : to_string(*status.last_exit)};
}

std::string seconds(model::WallTime from, model::WallTime to) {
  const double value = std::chrono::duration<double>(to - from).count();
  char text[32];
  std::snprintf(text, sizeof text, "%.1fs", value < 0 ? 0.0 : value);
  return text;
}

Color color_of(Standing standing) {
  switch (standing) {
    case Standing::done:
      return Color::green;
    case Standing::warned:
      return Color::yellow;
    case Standing::failed:
      return Color::red;
    case Standing::working:
      break;
  }
  return Color::none;
}

const char* mark_of(Standing standing) {
  switch (standing) {
    case Standing::done:
      return "✔";
    case Standing::warned:
      return "!";
    case Standing::failed:
      return "✘";
    case Standing::working:
      break;
  }
  return "…";
}

const char* verb_of(Aim aim) {
  switch (aim) {
    case Aim::running:
      return "Running";
    case Aim::ready:
      return "Waiting";
    case Aim::stopped:
      return "Stopping";
    case Aim::created:
      return "Creating";
    case Aim::removed:
      break;
  }
  return "Taking down";
}

}  // namespace

Step describe(const model::ReplicaStatus& status, Aim aim) {
  switch (status.state) {
    case State::pending:
      return {Standing::working, "Waiting", waited_for(status.reason)};
    case State::starting:
      return {Standing::working, "Starting", status.reason};
    case State::running:
      return running(status, aim);
    case State::backoff:
      return {Standing::warned, "Restarting", status.reason};
    case State::stopping:
      return {Standing::working, "Stopping", ""};
    case State::exited:
      return ended(status, aim);
    case State::stopped:
      if (aim == Aim::created) return {Standing::done, "Created", ""};
      return {aim == Aim::running || aim == Aim::ready ? Standing::warned : Standing::done,
              "Stopped", ""};
    case State::failed:
      return {Standing::failed, "Failed", status.reason};
    case State::unknown:
      return {Standing::warned, "Unknown", status.reason};
  }
  return {};
}

std::optional<std::string> Progress::apply(const model::Event& event) {
  if (event.service.empty()) {
    if (event.type == "message" && !event.message.empty()) return ' ' + event.message;
    return std::nullopt;
  }
  const model::ReplicaId id{event.service, event.index};
  Step step;
  if (event.action == "destroy") {
    step = {Standing::done, "Removed", ""};
  } else if (event.status) {
    step = describe(*event.status, aim_);
  } else {
    return std::nullopt;
  }
  auto [row, added] = rows_.try_emplace(id);
  if (added) row->second.began = event.at;
  if (!added && row->second.step.word == step.word && row->second.step.detail == step.detail) {
    return std::nullopt;
  }
  row->second.step = step;
  row->second.changed = event.at;
  std::string line = " Service " + to_string(id) + "  " + step.word;
  if (!step.detail.empty()) line += (step.detail.starts_with("for ") ? " " : ": ") + step.detail;
  return line;
}

std::vector<std::string> Progress::table(const Terminal& terminal, std::size_t width,
                                         std::size_t height) const {
  std::size_t done = 0;
  std::size_t name_width = 0;
  std::size_t word_width = 0;
  std::vector<std::pair<std::string, const Row*>> shown;
  for (const auto& [id, row] : rows_) {
    if (row.step.standing == Standing::done) ++done;
    shown.emplace_back(to_string(id), &row);
    name_width = std::max(name_width, shown.back().first.size());
    word_width = std::max(word_width, row.step.word.size());
  }
  std::vector<std::string> lines;
  const bool all = done == rows_.size();
  lines.push_back(paint(terminal, all ? Color::green : Color::blue,
                        std::string("[+] ") + verb_of(aim_) + ' ' + std::to_string(done) + '/' +
                            std::to_string(rows_.size())));
  std::size_t hidden = 0;
  if (shown.size() + 1 > height) {
    std::ranges::stable_sort(
        shown, {}, [](const auto& entry) { return entry.second->step.standing == Standing::done; });
    const std::size_t room = height > 2 ? height - 2 : 0;
    hidden = shown.size() - std::min(shown.size(), room);
    shown.resize(shown.size() - hidden);
  }
  for (const auto& [name, row] : shown) {
    const Color color = color_of(row->step.standing);
    std::string line = ' ' + paint(terminal, color, mark_of(row->step.standing)) + " Service " +
                       name + std::string(name_width - name.size() + 2, ' ') +
                       paint(terminal, color, row->step.word) +
                       std::string(word_width - row->step.word.size() + 2, ' ');
    line += row->step.detail.empty() && row->step.standing != Standing::working
                ? seconds(row->began, row->changed)
                : harmless(row->step.detail);
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(fit(line, width));
  }
  if (hidden > 0) lines.push_back(" … and " + std::to_string(hidden) + " more");
  return lines;
}

}  // namespace consort::cli
