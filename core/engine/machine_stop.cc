// The half of the machine that ends instances and takes up those of an earlier supervisor.
#include "core/engine/machine_step.h"

namespace consort::engine {
namespace {

using namespace std::chrono_literals;
using model::State;
using runtime::Presence;

// How long the exit of an instance that has been stopped is waited for.
constexpr Duration exit_wait = 1s;

}  // namespace

void Stepper::issue_stop() {
  const bool first = m_.state != State::stopping;
  m_.state = State::stopping;
  m_.reason.clear();
  ++m_.stops;
  if (first) {
    emit(effect::Record{});
    publish("stopping");
  }
  emit(effect::StopInstance{m_.generation, m_.signal,
                            m_.grace.value_or(service_.stop_grace_period)});
}

void Stepper::on(const event::Stop& event) {
  // A `stop` during a `down` does not undo it.
  const bool going = m_.state == State::stopping && m_.after == After::removed;
  if (!going || event.after != After::stopped) m_.after = event.after;
  m_.wanted = event.after == After::pending;
  m_.grace = event.grace;
  m_.signal = event.signal;
  m_.stop_error.clear();
  switch (m_.state) {
    case State::pending:
    case State::backoff:
    case State::exited:
    case State::failed:
    case State::stopped:
      disarm();
      if (!m_.present) return stop_finished();
      return issue_stop();
    case State::starting:
    case State::running:
    case State::unknown:
      disarm();
      stop_probing();
      return issue_stop();
    case State::stopping:
      if (m_.forgetting) return;
      emit(effect::Record{});
      if (event.grace || !event.signal.empty()) issue_stop();  // more haste than before
      return;
  }
}

void Stepper::on(const event::StopDone& event) {
  if (event.generation != m_.generation) return;
  if (m_.stops > 0) --m_.stops;
  if (m_.state != State::stopping) return;
  if (event.error && !(m_.ended && !m_.present)) {
    if (m_.stops > 0) return;
    m_.stop_error = event.error->message();
    if (event.error->kind() == base::ErrorKind::unavailable) {
      m_.was = State::stopping;
      return cannot_say(m_.stop_error);
    }
    if (m_.ended) {
      m_.state = State::exited;
    } else if (!m_.answered) {
      m_.state = State::starting;
    } else {
      run();
    }
    m_.reason = m_.stop_error;
    emit(effect::Record{});
    return publish("stop_failed", m_.reason);
  }
  if (!m_.answered) return;  // its start will be, and is then stopped again
  if (m_.ended) return stop_finished();
  if (m_.stops == 0) arm(exit_wait);
}

void Stepper::stop_finished() {
  disarm();
  const bool stopped = m_.state == State::stopping;
  m_.present = false;
  m_.paused = false;
  m_.stops = 0;
  m_.tries = 0;
  switch (m_.after) {
    case After::stopped:
      if (m_.state != State::exited && m_.state != State::failed) {
        m_.state = State::stopped;
        m_.reason.clear();
      }
      emit(effect::Record{});
      if (stopped) publish("stop");
      return;
    case After::pending:
      to_pending();
      if (stopped) publish("stop");
      return;
    case After::removed:
      m_.state = State::stopping;
      m_.reason.clear();
      m_.forgetting = true;
      if (stopped) publish("stop");
      emit(effect::Forget{});
      return;
    case After::restarted:
      if (m_.delay == Duration{}) return begin(false);
      retry_later(m_.delay, model::to_string(*m_.exit));
      emit(effect::Record{});
      return;
  }
}

void Stepper::on(const event::Forgotten& event) {
  if (!m_.forgetting) return;
  m_.forgetting = false;
  if (m_.after == After::pending) return to_pending();
  m_.state = State::stopped;
  if (!event.error) return emit(effect::Drop{});
  m_.stop_error = event.error->message();
  m_.reason = m_.stop_error;
  emit(effect::Record{});
  publish("stop_failed", m_.reason);
}

void Stepper::on(const event::Killed&) {
  m_.wanted = false;
  if (m_.state == State::backoff && !m_.present) {
    disarm();
    m_.state = State::stopped;
    m_.reason.clear();
    publish("stop");
  }
  emit(effect::Record{});
}

void Stepper::attach() {
  if (m_.attaching) return;
  disarm();
  m_.attaching = true;
  m_.stuck = false;
  emit(effect::Attach{m_.generation});
}

// A command wants to know: the answer is told, also if it is the old one.
void Stepper::ask_now() {
  m_.tries = 0;
  m_.reason = "is being asked for";
  emit(effect::Record{});
  publish("unknown", m_.reason);
  attach();
}

void Stepper::cannot_say(std::string why) {
  const bool news = m_.state != State::unknown || m_.reason != why;
  m_.state = State::unknown;
  m_.reason = std::move(why);
  m_.stuck = false;
  arm(retry_delay(m_.tries++, at_.jitter));
  if (!news) return;
  emit(effect::Record{});
  publish("unknown", m_.reason);
}

void Stepper::on(const event::Lost& event) {
  if (m_.state != State::running) return;
  m_.was = State::running;
  if (service_.healthcheck) emit(effect::StopProbing{});
  cannot_say(event.why);
}

void Stepper::on(const event::Back&) {
  if (m_.state == State::backoff && m_.present && m_.tries > 0) return begin(true);
  if (m_.state != State::unknown) return;
  m_.tries = 0;
  attach();
}

void Stepper::on(const event::AttachFailed& event) {
  if (event.generation != m_.generation || !m_.attaching) return;
  m_.attaching = false;
  if (m_.state != State::unknown) return;
  cannot_say(event.error.message());
  m_.stuck = event.error.kind() != base::ErrorKind::unavailable;
}

void Stepper::on(const event::Attached& event) {
  if (event.generation != m_.generation || !m_.attaching) return;
  m_.attaching = false;
  if (m_.state != State::unknown) return;
  const bool to_stop = m_.was == State::stopping;
  switch (event.found.presence) {
    case Presence::running:
      if (to_stop) return issue_stop();
      run();
      publish("adopt");
      return;
    case Presence::exited:
    case Presence::gone:
      if (event.found.presence == Presence::gone && m_.was == State::starting) {
        // Recorded, but never started.
        m_.ended = true;
        m_.present = false;
        m_.after = m_.wanted ? After::pending : After::stopped;
        return stop_finished();
      }
      {
        model::ExitInfo exit;
        if (event.found.presence == Presence::exited && event.found.exit) {
          exit = *event.found.exit;
        } else {
          exit.cause = "its runtime knows nothing of it any more";
          exit.at = at_.wall;
        }
        end(exit);
      }
      if (!to_stop) return after_exit();
      if (m_.present) return issue_stop();
      m_.state = State::stopping;
      return stop_finished();
  }
}

void Stepper::resume(const ReplicaRecord& record) {
  const auto& status = record.status;
  m_.wanted = record.wanted_running;
  m_.generation = status.generation;
  m_.exit = status.last_exit;
  m_.restarts = status.restarts;
  m_.attempts.count = status.restarts;
  m_.reason = status.reason;
  m_.started = status.started_at != base::WallTime{};
  m_.paused = status.paused;
  m_.state = status.state;
  m_.after = m_.wanted ? After::pending : After::stopped;
  switch (status.state) {
    case State::pending:
      if (!m_.wanted) m_.state = State::stopped;
      m_.reason.clear();
      return;
    case State::backoff:
      if (m_.wanted) return arm(retry_delay(0, at_.jitter));
      m_.state = State::stopped;
      return;
    case State::starting:
    case State::running:
    case State::stopping:
    case State::unknown: {
      m_.was = status.state;
      if (m_.was == State::unknown) m_.was = m_.wanted ? State::running : State::stopping;
      m_.state = State::unknown;
      m_.reason = "is being asked for";
      m_.present = true;
      m_.ended = false;
      const auto up = at_.wall - status.started_at;
      m_.running_since = at_.now - (m_.started && up > Duration{} ? up : Duration{});
      if (service_.healthcheck &&
          (status.health == model::Health::healthy || status.health == model::Health::unhealthy)) {
        m_.health = {status.health, 0, m_.running_since};
      }
      return attach();
    }
    case State::exited:
    case State::failed:
    case State::stopped:
      return;
  }
}

}  // namespace consort::engine
