#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/task_group.h"
#include "core/engine/health.h"
#include "core/engine/ports.h"

namespace consort::engine {

// Runs the probes of one instance at the times that health.h plans, and tells each result. It knows
// no replica and no supervisor. On the core's thread.
class Prober : public std::enable_shared_from_this<Prober> {
 public:
  struct Parts {
    base::TaskGroup& tasks;
    TimerSource& timers;
    const base::Clock& clock;
  };
  // Returns the health after the result, by which the next probe is planned.
  using Told = std::function<HealthState(const ProbeResult&)>;

  // `driver` runs exec probes in `instance`.
  Prober(Parts parts, model::Probe probe, runtime::Driver& driver, std::string instance, Told told);

  void start(const HealthState& health);
  // Ends it: no result is told any more, a running probe is cut short.
  void stop();

 private:
  void arm(const ProbePlan& plan);
  base::asio::awaitable<void> run(std::shared_ptr<Prober> self);
  base::asio::awaitable<ProbeResult> check();
  base::asio::awaitable<ProbeResult> exec(model::ExecProbe probe);

  Parts parts_;
  const model::Probe probe_;
  runtime::Driver& driver_;
  const std::string instance_;
  Told told_;
  ProbePlan plan_;
  std::uint64_t timer_ = 0;
  std::uint64_t exec_ = 0;  // the running exec, to be cancelled
  bool stopped_ = false;
};

}  // namespace consort::engine
