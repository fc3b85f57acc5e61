#include "core/engine/machine.h"

#include "core/engine/machine_step.h"

namespace consort::engine {

using model::State;

Step step(Machine machine, const Event& what, const model::Service& service, const Instant& at) {
  Stepper stepper(std::move(machine), service, at);
  std::visit([&](const auto& event) { stepper.on(event); }, what);
  return std::move(stepper).finish();
}

Step restore(const ReplicaRecord& record, const Instant& at) {
  Stepper stepper(Machine{}, *record.service, at);
  stepper.resume(record);
  return std::move(stepper).finish();
}

bool settled(const Machine& machine) {
  switch (machine.state) {
    case State::running:
    case State::exited:
    case State::failed:
    case State::stopped:
      return true;
    case State::pending:
    case State::starting:
    case State::backoff:
    case State::stopping:
    case State::unknown:
      return false;
  }
  return false;
}

void Stepper::arm(Duration delay) {
  m_.timer = ++m_.timers;
  emit(effect::ArmTimer{m_.timer, delay});
}

void Stepper::disarm() {
  if (m_.timer == 0) return;
  m_.timer = 0;
  emit(effect::CancelTimer{});
}

// What is halted can answer no check: its health stays what it was.
void Stepper::start_probing() {
  if (!service_.healthcheck || m_.paused) return;
  if (m_.health.health == model::Health::none) m_.health = begin_health(at_.now);
  emit(effect::StartProbing{m_.generation});
}

void Stepper::stop_probing() {
  if (m_.health.health == model::Health::none) return;
  if (m_.health.health == model::Health::unhealthy) m_.reason.clear();
  m_.health = {};
  emit(effect::StopProbing{});
}

void Stepper::to_pending() {
  disarm();
  m_.state = State::pending;
  m_.wanted = true;
  m_.reason.clear();
  m_.stop_error.clear();
  m_.started = false;
  m_.restarts = 0;
  m_.attempts = {};
  m_.tries = 0;
}

void Stepper::begin(bool again) {
  disarm();
  if (!again) ++m_.generation;
  m_.state = State::starting;
  m_.reason.clear();
  m_.present = true;
  m_.answered = false;
  m_.ended = false;
  m_.attaching = false;
  m_.paused = false;
  m_.stops = 0;
  m_.running_since = {};
  emit(effect::Start{m_.generation, again});
}

void Stepper::run() {
  m_.state = State::running;
  m_.reason.clear();
  m_.started = true;
  m_.tries = 0;
  start_probing();
  emit(effect::Record{});
}

void Stepper::fail(std::string why) {
  disarm();
  m_.state = State::failed;
  m_.reason = std::move(why);
  emit(effect::Record{});
  publish("failed", m_.reason);
}

void Stepper::retry_later(Duration delay, std::string why) {
  m_.state = State::backoff;
  m_.reason = std::move(why);
  arm(delay);
  publish("backoff", m_.reason);
}

void Stepper::on(const event::Want&) {
  switch (m_.state) {
    case State::pending:
      m_.wanted = true;
      return;
    case State::starting:
    case State::running:
      m_.restarts = 0;
      m_.attempts = {};
      if (m_.wanted) return;
      m_.wanted = true;
      emit(effect::Record{});
      return;
    case State::unknown:
      m_.restarts = 0;
      m_.attempts = {};
      if (m_.after != After::pending) m_.was = State::running;
      m_.wanted = true;
      return ask_now();
    case State::backoff:
      if (!m_.present) return to_pending();
      return begin(true);
    case State::stopping:
      m_.wanted = true;
      if (m_.after != After::restarted) m_.after = After::pending;
      emit(effect::Record{});
      return;
    case State::exited:
    case State::failed:
    case State::stopped:
      if (!m_.present) return to_pending();
      return on(event::Stop{After::pending, std::nullopt, ""});
  }
}

void Stepper::on(const event::Blocked& event) {
  if (m_.state != State::pending) return;
  const bool first = m_.reason.empty();
  m_.reason = event.why;
  if (!first) return;
  emit(effect::Record{});
  publish("pending", m_.reason);
}

void Stepper::on(const event::Go&) {
  if (m_.state == State::pending) begin(false);
}

void Stepper::on(const event::Refuse& event) {
  if (m_.state == State::pending) fail(event.why);
}

void Stepper::on(const event::Started& event) {
  if (event.generation != m_.generation || m_.answered) return;
  m_.answered = true;
  switch (m_.state) {
    case State::starting:
      m_.running_since = at_.now;
      run();
      publish("start");
      emit(effect::Tidy{});
      return;
    case State::stopping:  // told to stop while it started: now there is something to stop
      if (!m_.ended) return issue_stop();
      if (m_.stops == 0) stop_finished();
      return;
    case State::pending:
    case State::running:
    case State::backoff:
    case State::exited:
    case State::failed:
    case State::stopped:
    case State::unknown:
      return;
  }
}

void Stepper::on(const event::StartFailed& event) {
  if (event.generation != m_.generation || m_.answered) return;
  const std::string& why = event.error.message();
  switch (m_.state) {
    case State::starting:
      // Nothing is known of an instance whose start could not be answered: it is asked for again,
      // by the same id, whatever the restart policy says.
      if (event.error.kind() == base::ErrorKind::unavailable) {
        m_.answered = true;
        return retry_later(retry_delay(m_.tries++, at_.jitter), why);
      }
      m_.answered = true;
      m_.present = false;
      m_.ended = true;
      emit(effect::Tidy{});
      if (event.error.kind() == base::ErrorKind::invalid) return fail(why);
      {
        auto decision = decide_after_failed_start(service_.restart, m_.attempts, at_.jitter);
        m_.attempts = decision.attempts;
        if (!decision.restart) {
          return fail(decision.why.empty() ? why : decision.why + ": " + why);
        }
        ++m_.restarts;
        retry_later(decision.delay, why);
        emit(effect::Record{});
      }
      return;
    case State::stopping:
      m_.answered = true;
      if (event.error.kind() == base::ErrorKind::unavailable) return issue_stop();
      m_.ended = true;
      m_.present = false;
      if (m_.stops == 0) stop_finished();
      return;
    case State::pending:
    case State::running:
    case State::backoff:
    case State::exited:
    case State::failed:
    case State::stopped:
    case State::unknown:
      return;
  }
}

// Counts the exit, once, and tells it.
void Stepper::end(const model::ExitInfo& exit) {
  m_.ended = true;
  m_.exit = exit;
  m_.started = true;
  m_.present = exit.leftovers;
  m_.paused = false;
  stop_probing();
  publish("die", model::to_string(exit));
}

void Stepper::on(const event::Exited& event) {
  if (event.generation != m_.generation || m_.ended) return;
  switch (m_.state) {
    case State::starting:  // so short that its end is told before its start
    case State::running:
    case State::unknown:
      disarm();
      m_.attaching = false;
      end(event.exit);
      return after_exit();
    case State::backoff:  // of a start that could not be answered, and did happen
      if (!m_.present) return;
      disarm();
      end(event.exit);
      return after_exit();
    case State::stopping:
      end(event.exit);
      if (m_.stops == 0 && m_.answered) stop_finished();
      return;
    case State::pending:
    case State::exited:
    case State::failed:
    case State::stopped:
      return;
  }
}

void Stepper::after_exit() {
  if (!m_.wanted) {
    m_.state = State::stopped;
    m_.reason.clear();
    emit(effect::Record{});
    return;
  }
  const Duration uptime =
      m_.running_since == SteadyTime{} ? Duration{} : at_.now - m_.running_since;
  auto decision = decide_restart(service_.restart, *m_.exit, uptime, m_.attempts, at_.jitter);
  m_.attempts = decision.attempts;
  if (!decision.restart) {
    m_.state = State::exited;
    m_.reason = decision.why;
    emit(effect::Record{});
    return;
  }
  ++m_.restarts;
  m_.delay = decision.delay;
  m_.after = After::restarted;
  if (!m_.present) return stop_finished();
  m_.grace.reset();
  m_.signal.clear();
  issue_stop();
}

void Stepper::on(const event::TimerDue& event) {
  if (event.token != m_.timer || m_.timer == 0) return;
  m_.timer = 0;
  switch (m_.state) {
    case State::backoff:
      return begin(m_.present);
    case State::unknown:
      return attach();
    case State::stopping:  // it has ended, but its runtime does not tell how
      if (!m_.ended) {
        model::ExitInfo exit;
        exit.cause = "its runtime did not tell how it ended";
        exit.at = at_.wall;
        end(exit);
      }
      return stop_finished();
    case State::pending:
    case State::starting:
    case State::running:
    case State::exited:
    case State::failed:
    case State::stopped:
      return;
  }
}

// What an unhealthy one is told of: the first line of what its check said.
void Stepper::judged(const std::string& output) {
  const bool unhealthy = m_.health.health == model::Health::unhealthy;
  m_.reason = unhealthy ? output.substr(0, output.find('\n')) : std::string();
}

void Stepper::on(const event::Paused& event) {
  const bool lives =
      m_.state == State::starting || m_.state == State::running || m_.state == State::unknown;
  const bool news = m_.paused != event.paused;
  if (event.generation != m_.generation || !lives || !news) return;
  m_.paused = event.paused;
  if (m_.state != State::running) return;  // it counts once it is
  if (service_.healthcheck && m_.paused) emit(effect::StopProbing{});
  start_probing();
  emit(effect::Record{});
  publish(m_.paused ? "pause" : "unpause");
}

void Stepper::on(const event::Probed& event) {
  const bool counts = m_.state == State::running && !m_.paused && service_.healthcheck;
  if (event.generation != m_.generation || !counts) return;
  const auto before = m_.health.health;
  m_.health = after_probe(*service_.healthcheck, m_.health, event.result);
  if (m_.health.health == before) return;
  judged(event.result.output);
  emit(effect::Record{});
  emit(effect::Publish{"health",
                       "health_status: " + std::string(model::to_string(m_.health.health)),
                       event.result.output});
}

void Stepper::on(const event::Reported& event) {
  const bool lives = m_.state == State::starting || m_.state == State::running;
  if (event.generation != m_.generation || !lives || service_.healthcheck) return;
  if (m_.health.health == event.health) return;
  m_.health.health = event.health;
  judged(event.output);
  if (m_.state == State::running) emit(effect::Record{});
  emit(effect::Publish{"health", "health_status: " + std::string(model::to_string(event.health)),
                       event.output});
}

}  // namespace consort::engine
