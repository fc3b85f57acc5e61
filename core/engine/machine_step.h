#pragma once

#include "core/engine/machine.h"

namespace consort::engine {

// One step under way: a handler per event, each one switch over the state. Private to the machine.
class Stepper {
 public:
  Stepper(Machine machine, const model::Service& service, const Instant& at)
      : m_(std::move(machine)), service_(service), at_(at) {}

  Step finish() && { return {std::move(m_), std::move(effects_)}; }

  void on(const event::Want&);
  void on(const event::Blocked&);
  void on(const event::Go&);
  void on(const event::Refuse&);
  void on(const event::Started&);
  void on(const event::StartFailed&);
  void on(const event::Attached&);
  void on(const event::AttachFailed&);
  void on(const event::Exited&);
  void on(const event::TimerDue&);
  void on(const event::Probed&);
  void on(const event::Reported&);
  void on(const event::Stop&);
  void on(const event::StopDone&);
  void on(const event::Forgotten&);
  void on(const event::Paused&);
  void on(const event::Killed&);
  void on(const event::Lost&);
  void on(const event::Back&);

  void resume(const ReplicaRecord& record);

 private:
  template <class E>
  void emit(E effect) {
    effects_.emplace_back(std::move(effect));
  }
  void publish(std::string action, std::string message = {}) {
    emit(effect::Publish{"state", std::move(action), std::move(message)});
  }
  void arm(Duration delay);
  void disarm();
  void start_probing();
  void stop_probing();
  void judged(const std::string& output);

  void to_pending();
  void begin(bool again);
  void run();
  void fail(std::string why);
  void retry_later(Duration delay, std::string why);
  void end(const model::ExitInfo& exit);
  void after_exit();
  void cannot_say(std::string why);
  void attach();
  void ask_now();
  void issue_stop();
  void stop_finished();

  Machine m_;
  std::vector<Effect> effects_;
  const model::Service& service_;
  const Instant& at_;
};

}  // namespace consort::engine
