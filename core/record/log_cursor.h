#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/file.h"
#include "core/base/result.h"
#include "core/record/log_line.h"
#include "core/record/segments.h"

namespace consort::record {

// Reads one instance's log forward, over segments that are added and removed meanwhile. Holds one
// chunk in memory, and the present segment's descriptor if told to; else it opens for each chunk.
class LogCursor {
 public:
  // `chunk`: bytes read at once. `hold`: keep the descriptor, so that what is not yet read survives
  // the removal of the file.
  LogCursor(std::filesystem::path log, LogPosition start, std::size_t chunk, bool hold);

  // Up to here only; none: up to what there is. A record that goes beyond it is not given.
  void set_end(std::optional<LogPosition> end) { end_ = end; }

  // Goes to the next whole record: true, it is in line() and raw() until the next call; false,
  // there is none (now). Bytes that are no record (a torn one that its writer gave up) are passed
  // over.
  base::Result<bool> next();

  const LogLine& line() const { return line_; }
  std::string_view raw() const { return raw_; }  // the record's bytes without the newline

  // After the last record that next() gave.
  LogPosition position() const { return position_; }

  // Lets go of the memory; reading goes on at position().
  void release();

 private:
  enum class Fill { more, nothing };
  base::Result<Fill> fill();
  bool take_line();
  void enter(std::uint32_t segment);

  std::filesystem::path log_;
  LogPosition position_;
  std::optional<LogPosition> end_;
  std::size_t chunk_;
  bool hold_;
  base::Fd held_;
  bool last_look_ = false;    // a later segment exists: what this one holds now is all
  std::string buffer_;        // bytes of the segment from position_ - taken_ on
  std::size_t taken_ = 0;     // of the buffer, by records given
  std::size_t searched_ = 0;  // of the buffer, without a newline behind taken_
  bool overlong_ = false;     // within a record beyond any limit, which is passed over
  LogLine line_;
  std::string_view raw_;
};

}  // namespace consort::record
