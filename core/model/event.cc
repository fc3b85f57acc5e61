#include "core/model/event.h"

#include <csignal>
#include <cstring>

#include <algorithm>
#include <array>
#include <utility>

namespace consort::model {
namespace {

constexpr std::array<std::pair<State, std::string_view>, 9> states{{
    {State::pending, "pending"},
    {State::starting, "starting"},
    {State::running, "running"},
    {State::backoff, "backoff"},
    {State::stopping, "stopping"},
    {State::exited, "exited"},
    {State::failed, "failed"},
    {State::stopped, "stopped"},
    {State::unknown, "unknown"},
}};
constexpr std::array<std::pair<Health, std::string_view>, 4> healths{{
    {Health::none, "none"},
    {Health::starting, "starting"},
    {Health::healthy, "healthy"},
    {Health::unhealthy, "unhealthy"},
}};

template <class Table, class Value>
std::string_view name_of(const Table& table, Value value) {
  const auto entry =
      std::find_if(table.begin(), table.end(), [&](const auto& e) { return e.first == value; });
  return entry == table.end() ? std::string_view{} : entry->second;
}

template <class Value, std::size_t n>
std::optional<Value> value_of(const std::array<std::pair<Value, std::string_view>, n>& table,
                              std::string_view name) {
  const auto entry =
      std::find_if(table.begin(), table.end(), [&](const auto& e) { return e.second == name; });
  if (entry == table.end()) return std::nullopt;
  return entry->first;
}

std::string signal_name(int signal) {
  if (const char* name = ::sigabbrev_np(signal)) return std::string("SIG") + name;
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) {
    const int offset = signal - SIGRTMIN;
    return offset == 0 ? "SIGRTMIN" : "SIGRTMIN+" + std::to_string(offset);
  }
  return "signal " + std::to_string(signal);
}

}  // namespace

std::optional<int> ExitInfo::shell_code() const {
  if (code) return code;
  if (signal) return 128 + *signal;
  return std::nullopt;
}

std::string to_string(const ExitInfo& exit) {
  std::string text = exit.code     ? "exited (" + std::to_string(*exit.code) + ")"
                     : exit.signal ? "killed by " + signal_name(*exit.signal)
                                   : "exit unknown";
  if (exit.oom) text += ", out of memory";
  if (exit.leftovers) text += ", descendants still run";
  if (!exit.cause.empty()) text += ": " + exit.cause;
  return text;
}

std::string_view to_string(State state) { return name_of(states, state); }

bool has_ended(State state) {
  return state == State::exited || state == State::failed || state == State::stopped;
}

std::string_view to_string(Health health) { return name_of(healths, health); }
std::optional<State> parse_state(std::string_view text) { return value_of(states, text); }
std::optional<Health> parse_health(std::string_view text) { return value_of(healths, text); }

std::string to_string(const ReplicaId& id) { return id.service + "-" + std::to_string(id.index); }

}  // namespace consort::model
