#include <benchmark/benchmark.h>

#include <cstring>

#include "core/record/log_line.h"

namespace consort {
namespace {

const std::string line = "2026-01-02T03:04:05.000000006Z stdout F " + std::string(100, 'x') + "\n";

// The floor: finding the end of each line.
void find_lines(benchmark::State& state) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += line;
  for (auto _ : state) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at) ++count;
    benchmark::DoNotOptimize(count);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(find_lines);

void parse_lines(benchmark::State& state) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += line;
  for (auto _ : state) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      benchmark::DoNotOptimize(record::parse_log_line(rest.substr(0, end)));
      rest.remove_prefix(end + 1);
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(parse_lines);

}  // namespace
}  // namespace consort
