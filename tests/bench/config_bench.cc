#include <benchmark/benchmark.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/config/interpolate.h"
#include "core/config/loader.h"
#include "core/plan/diff.h"
#include "core/plan/graph.h"
#include "tests/bench/projects.h"

namespace consort {
namespace {

namespace fs = std::filesystem;

// The floor: what yaml-cpp alone takes to parse the same text.
void parse_yaml(benchmark::State& state) {
  const std::string text = bench::yaml_of(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(YAML::Load(text));
}
BENCHMARK(parse_yaml)->Arg(10)->Arg(1000)->Unit(benchmark::kMillisecond);

// The files to a plan of what to start; aimed at is at most twice the floor.
void load_and_plan(benchmark::State& state) {
  std::string pattern = (fs::temp_directory_path() / "consort-bench-XXXXXX").string();
  const fs::path folder = ::mkdtemp(pattern.data());
  std::ofstream(folder / "consort.yaml") << bench::yaml_of(static_cast<int>(state.range(0)));
  config::LoadOptions options;
  options.cwd = folder;
  for (auto _ : state) {
    const auto result = config::load_project(options);
    const auto* loaded = std::get_if<config::Loaded>(&result);
    if (!loaded) {
      state.SkipWithError("cannot load");
      break;
    }
    benchmark::DoNotOptimize(plan::Graph::make(loaded->project));
    benchmark::DoNotOptimize(plan::diff(loaded->project, {}, loaded->project.services, {}));
  }
  fs::remove_all(folder);
}
BENCHMARK(load_and_plan)->Arg(10)->Arg(1000)->Unit(benchmark::kMillisecond);

void interpolate(benchmark::State& state) {
  const config::Lookup lookup = [](std::string_view name) -> std::optional<std::string> {
    if (name == "SET") return "value";
    return std::nullopt;
  };
  config::Unset unset;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        config::interpolate("http://${SET}:${PORT:-80}/${A:-${SET:+x}}", lookup, unset));
  }
}
BENCHMARK(interpolate);

}  // namespace
}  // namespace consort
