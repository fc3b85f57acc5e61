#include "core/cli/stats_text.h"

#include <cmath>
#include <cstdio>

#include "core/cli/byte_text.h"
#include "core/cli/table.h"
#include "core/model/event.h"

namespace consort::cli {
namespace {

namespace json = boost::json;

std::optional<std::int64_t> number(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code failed;
  const auto result = value->to_number<std::int64_t>(failed);
  if (failed) return std::nullopt;
  return result;
}

std::string text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string percent(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f%%", value);
  return buffer;
}

// To a hundredth; a whole number as one, which Boost.JSON would write as 0E0.
json::value hundredths(double value) {
  const double rounded = std::round(value * 100) / 100;
  if (rounded == std::trunc(rounded)) return static_cast<std::int64_t>(rounded);
  return rounded;
}

std::string bytes_or_dash(const std::optional<std::int64_t>& bytes) {
  return bytes ? human_bytes(*bytes) : "-";
}

std::string pair_or_dash(const std::optional<std::int64_t>& one,
                         const std::optional<std::int64_t>& other) {
  return one || other ? bytes_or_dash(one) + " / " + bytes_or_dash(other) : "-";
}

}  // namespace

std::vector<StatsLine> StatsRates::take(const json::array& stats, base::SteadyTime now) {
  std::vector<StatsLine> lines;
  decltype(last_) seen;
  for (const auto& value : stats) {
    const auto* object = value.if_object();
    if (object == nullptr) continue;
    StatsLine line;
    line.service = text(*object, "service");
    line.index = static_cast<std::uint32_t>(number(*object, "index").value_or(0));
    line.instance = text(*object, "instance");
    line.problem = text(*object, "error");
    line.memory = number(*object, "memory_bytes");
    line.memory_limit = number(*object, "memory_limit_bytes");
    line.processes = number(*object, "pids");
    line.read_bytes = number(*object, "read_bytes");
    line.write_bytes = number(*object, "write_bytes");
    line.rx_bytes = number(*object, "rx_bytes");
    line.tx_bytes = number(*object, "tx_bytes");
    if (const auto cpu = number(*object, "cpu_ns")) {
      const std::int64_t at = number(*object, "at_ns").value_or(now.time_since_epoch().count());
      const auto before = last_.find(line.instance);
      if (before != last_.end() && at > before->second.first) {
        line.cpu_percent = 100.0 * static_cast<double>(*cpu - before->second.second) /
                           static_cast<double>(at - before->second.first);
      }
      seen[line.instance] = {at, *cpu};
    }
    lines.push_back(std::move(line));
  }
  last_ = std::move(seen);
  return lines;
}

std::string stats_table(const std::vector<StatsLine>& lines) {
  Table table({"NAME", "CPU %", "MEM USAGE", "NET I/O", "BLOCK I/O", "PIDS"});
  for (const auto& line : lines) {
    std::string memory = bytes_or_dash(line.memory);
    if (line.memory_limit) memory += " / " + human_bytes(*line.memory_limit);
    table.add({to_string(model::ReplicaId{line.service, line.index}),
               line.cpu_percent ? percent(*line.cpu_percent) : "-", memory,
               pair_or_dash(line.rx_bytes, line.tx_bytes),
               pair_or_dash(line.read_bytes, line.write_bytes),
               line.processes ? std::to_string(*line.processes) : "-"});
  }
  return table.text();
}

json::object stats_json(const StatsLine& line) {
  const auto value = [](const auto& optional) -> json::value {
    if (!optional) return nullptr;
    return *optional;
  };
  json::object object;
  object["Name"] = to_string(model::ReplicaId{line.service, line.index});
  object["Service"] = line.service;
  object["Index"] = line.index;
  object["Instance"] = line.instance;
  object["CPUPerc"] = line.cpu_percent ? percent(*line.cpu_percent) : "";
  object["CPUPercent"] = nullptr;
  if (line.cpu_percent) object["CPUPercent"] = hundredths(*line.cpu_percent);
  object["MemUsage"] = bytes_or_dash(line.memory);
  object["MemoryBytes"] = value(line.memory);
  object["MemoryLimitBytes"] = value(line.memory_limit);
  object["PIDs"] = value(line.processes);
  object["ReadBytes"] = value(line.read_bytes);
  object["WriteBytes"] = value(line.write_bytes);
  object["RxBytes"] = value(line.rx_bytes);
  object["TxBytes"] = value(line.tx_bytes);
  if (!line.problem.empty()) object["Error"] = line.problem;
  return object;
}

}  // namespace consort::cli
