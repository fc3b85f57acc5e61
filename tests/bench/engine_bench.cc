#include <benchmark/benchmark.h>

#include "core/engine/machine.h"
#include "tests/bench/projects.h"

namespace consort {
namespace {

// One crash and restart: exit, backoff, start, started.
void restart_cycle(benchmark::State& state) {
  auto project = bench::project_of(1);
  auto& service = project.services.at("s0");
  service.restart = {.condition = model::RestartCondition::always, .max_attempts = {}, .delay = {}};
  const engine::Instant at{};
  engine::Machine machine = engine::step({}, engine::event::Go{}, service, at).machine;
  for (auto _ : state) {
    machine =
        engine::step(std::move(machine), engine::event::Started{machine.generation}, service, at)
            .machine;
    model::ExitInfo exit;
    exit.code = 1;
    machine = engine::step(std::move(machine), engine::event::Exited{machine.generation, exit},
                           service, at)
                  .machine;
    if (machine.timer != 0) {
      machine =
          engine::step(std::move(machine), engine::event::TimerDue{machine.timer}, service, at)
              .machine;
    }
  }
  if (machine.generation < 2) state.SkipWithError("it did not restart");
}
BENCHMARK(restart_cycle);

}  // namespace
}  // namespace consort
