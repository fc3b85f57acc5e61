#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace consort::cli {

// One line of GET /v1/logs: "<replica> <time> stdout|stderr P|F <text>". Views into that line.
struct LogRecord {
  std::string_view replica;  // "web-1"
  std::string_view time;     // RFC 3339
  bool err = false;          // stderr
  bool partial = false;      // the text goes on in the next record of this stream
  std::string_view text;
};
std::optional<LogRecord> parse_log_record(std::string_view line);

// "web-1" -> "web", 1. A name that does not end in a number is all service, with index 0.
std::string_view service_of(std::string_view replica);
std::uint32_t index_of(std::string_view replica);

// Lets each record of several overlapping readings through once. The times of one replica never go
// back, so a place in its log is a time and how many records of that time have gone through.
// A reading is one pass over the log; its records come in order.
class LogOnce {
 public:
  class Reading {
   public:
    explicit Reading(LogOnce& log) : log_(&log) {}
    bool is_new(const LogRecord& record);

   private:
    struct Place {
      base::WallTime time{};
      std::uint64_t count = 0;
    };
    friend class LogOnce;
    LogOnce* log_;
    std::map<std::string, Place, std::less<>> at_;
  };

  // Where to go on reading a replica's log: the time of the last record let through, if any.
  std::optional<base::WallTime> last(std::string_view replica) const;
  // The earliest of those of all replicas: from there on nothing is missed.
  std::optional<base::WallTime> oldest_end() const;

 private:
  std::map<std::string, Reading::Place, std::less<>> seen_;
};

}  // namespace consort::cli
