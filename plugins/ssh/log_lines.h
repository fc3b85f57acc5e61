#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace consort::ssh {

// How far an instance's log is read: the segment of the shim's log and the byte in it. Kept with
// each stored line, so that nothing is lost or stored twice whatever breaks.
struct LogPlace {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;

  std::string file() const;  // "SEGMENT:"
  // Of "SEGMENT:OFFSET"; the start of the log if the text is no place.
  static LogPlace parse(std::string_view text);
  friend bool operator==(const LogPlace&, const LogPlace&) = default;
};

// How many bytes of whole records a shim's log (plugins/process/shim/README.md) begins with; what
// is none was torn by a kill.
std::size_t records_at_front(std::string_view log);

}  // namespace consort::ssh
