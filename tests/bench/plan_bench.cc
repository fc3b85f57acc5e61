#include <benchmark/benchmark.h>

#include "core/plan/diff.h"
#include "core/plan/graph.h"
#include "tests/bench/projects.h"

namespace consort {
namespace {

void make_graph(benchmark::State& state) {
  const auto project = bench::project_of(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(plan::Graph::make(project));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(make_graph)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond)->Complexity();

void hash_service(benchmark::State& state) {
  const auto project = bench::project_of(1);
  for (auto _ : state) benchmark::DoNotOptimize(model::change_hash(project.services.at("s0")));
}
BENCHMARK(hash_service);

// What a second `up` without a change costs.
void diff_unchanged(benchmark::State& state) {
  const auto project = bench::project_of(static_cast<int>(state.range(0)));
  std::vector<plan::Observed> observed;
  for (const auto& [name, service] : project.services) {
    observed.push_back({{name, 1}, model::change_hash(service), "process", true, false});
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(plan::diff(project, observed, project.services, {}));
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(diff_unchanged)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond)->Complexity();

}  // namespace
}  // namespace consort
