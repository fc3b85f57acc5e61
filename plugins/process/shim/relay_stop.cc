// What is answered once nothing of an instance runs.
#include <unistd.h>

#include "control.h"
#include "protocol.h"
#include "relay_state.h"

namespace consort::shim {

namespace {

// What a kill may take before a stop is reported as failed.
constexpr std::uint64_t unkillable_ms = 10000;

}  // namespace

void Relay::stop(const Call& call) {
  Pending& p = add(call, Pending::Kind::stop);
  p.watch = watch(call.text(0));
  call.number(1, p.signal);
  call.number(2, p.grace_ms);
  p.give_up_at = monotonic_ms() + p.grace_ms + unkillable_ms;
}

bool Relay::try_stop(Pending& p) {
  if (p.ordered && !p.watch->dirty && monotonic_ms() < p.give_up_at) return false;
  Buffer exit;
  const Condition condition = look(*p.watch, exit);
  switch (condition) {
    case Condition::missing:
    case Condition::over:
    case Condition::lost:
    case Condition::rebooted:
      reply(p.id, "ok", word_of(condition));
      return true;
    case Condition::running:
    case Condition::exited:
      if (!p.ordered) {
        char signal[24], grace[24];
        Text(signal, sizeof signal).add(p.signal);
        Text(grace, sizeof grace).add(p.grace_ms);
        char stop[] = "stop";
        char* words[] = {p.watch->dir, stop, signal, grace};
        p.ordered = control(4, words) == 0;
      }
      break;
    case Condition::orphaned:
      break;
  }
  if (monotonic_ms() < p.give_up_at) return false;
  reply(p.id, "failed", "something of it still runs 10 s after SIGKILL");
  return true;
}

bool Relay::try_result(Pending& p) {
  Buffer exit;
  const Condition condition = look(*p.watch, exit);
  if (condition == Condition::running || condition == Condition::exited ||
      condition == Condition::orphaned) {
    return false;
  }
  if (condition == Condition::missing) {
    // Prepared, and not started yet.
    Buffer spec;
    spec.add(p.watch->dir).add("/").add(spec_file);
    if (access(spec.text(), F_OK) == 0) return false;
  }
  reply(p.id, condition == Condition::over ? "ok" : "missing", exit.data(), exit.size());
  return true;
}

}  // namespace consort::shim
