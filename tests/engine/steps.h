#pragma once

#include <string>

#include "core/engine/machine.h"
#include "core/model/duration.h"

namespace consort::tests {

inline model::ExitInfo exited(int code) {
  model::ExitInfo exit;
  exit.code = code;
  return exit;
}

// A machine that is stepped by hand. Its effects are told as text, in order.
struct Steps {
  engine::Machine machine;
  model::Service service;
  engine::Instant at{base::SteadyTime{} + std::chrono::hours(1), {}, 0.5};

  void post(const engine::Event& event) {
    take(engine::step(std::move(machine), event, service, at));
  }
  void restore(const engine::ReplicaRecord& record) {
    service = *record.service;
    take(engine::restore(record, at));
  }
  void run() {
    post(engine::event::Go{});
    post(engine::event::Started{machine.generation});
  }
  std::string took() { return std::exchange(effects_, {}); }
  std::string state() const { return std::string(model::to_string(machine.state)); }

 private:
  void take(engine::Step step) {
    machine = std::move(step.machine);
    for (const auto& effect : step.effects) {
      const std::string text = std::visit([](const auto& e) { return name(e); }, effect);
      effects_ += (effects_.empty() ? "" : " ") + text;
    }
  }
  static std::string name(const engine::effect::Start& e) {
    return "start(" + std::to_string(e.generation) + (e.again ? ",again)" : ")");
  }
  static std::string name(const engine::effect::StopInstance& e) {
    std::string text = "stop(" + std::to_string(e.generation) + ",";
    if (!e.signal.empty()) text += e.signal + ",";
    return text + model::format_duration(e.grace) + ")";
  }
  static std::string name(const engine::effect::Attach& e) {
    return "attach(" + std::to_string(e.generation) + ")";
  }
  static std::string name(const engine::effect::ArmTimer& e) {
    return "arm(" + std::to_string(e.token) + "," + model::format_duration(e.delay) + ")";
  }
  static std::string name(const engine::effect::CancelTimer&) { return "cancel"; }
  static std::string name(const engine::effect::StartProbing& e) {
    return "probe(" + std::to_string(e.generation) + ")";
  }
  static std::string name(const engine::effect::StopProbing&) { return "unprobe"; }
  static std::string name(const engine::effect::Record&) { return "record"; }
  static std::string name(const engine::effect::Publish& e) { return "publish(" + e.action + ")"; }
  static std::string name(const engine::effect::Tidy&) { return "tidy"; }
  static std::string name(const engine::effect::Forget&) { return "forget"; }
  static std::string name(const engine::effect::Drop&) { return "drop"; }

  std::string effects_;
};

}  // namespace consort::tests
