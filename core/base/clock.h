#pragma once

#include <chrono>

namespace consort::base {

using Duration = std::chrono::nanoseconds;
using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

// The seam to both clocks. Timers use `steady` only, so that a change of the wall clock moves none.
// Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime steady() const = 0;
  virtual WallTime wall() const = 0;
};

// The machine's own clocks.
const Clock& system_clock();

}  // namespace consort::base
