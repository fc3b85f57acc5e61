#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/base/clock.h"

// Figures of GET /v1/stats -> what `stats` shows. Pure but for what StatsRates remembers.
namespace consort::cli {

struct StatsLine {
  std::string service;
  std::uint32_t index = 0;
  std::string instance;
  std::optional<double> cpu_percent;  // of one core; none at the first reading
  std::optional<std::int64_t> memory, memory_limit, processes, read_bytes, write_bytes, rx_bytes,
      tx_bytes;
  std::string problem;  // why there are no figures
};

// Remembers the last reading of each instance: a share of the CPU is a difference of two.
class StatsRates {
 public:
  std::vector<StatsLine> take(const boost::json::array& stats, base::SteadyTime now);

 private:
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> last_;  // instance: at, cpu in ns
};

std::string stats_table(const std::vector<StatsLine>& lines);
boost::json::object stats_json(const StatsLine& line);

}  // namespace consort::cli
