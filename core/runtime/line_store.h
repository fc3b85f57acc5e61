#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "core/base/clock.h"

namespace consort::runtime {

enum class Stream { standard_output = 1, standard_error = 2 };  // the ABI's numbers

// One line of an instance's output, or a part of one, without its newline.
struct Line {
  Stream stream = Stream::standard_output;
  base::WallTime at{};
  bool partial = false;
  std::string_view bytes;
  std::string_view cursor;  // the runtime's own mark, kept with the line
};

// Whole records of a CRI file, as they are to be stored. The cursor of each is `file` and the
// offset of its end.
struct Records {
  std::string_view bytes;
  std::string_view file;
  std::uint64_t offset = 0;  // of the first byte

  Records behind(std::size_t length) const { return {bytes.substr(length), file, offset + length}; }
};

// Where the lines of a runtime go that pushes its output (consort.logs/1). The log store implements
// it. The writes and last_cursor are called on the runtimes' threads, several at a time.
class LineStore {
 public:
  enum class Stored {
    yes,
    full,  // not all; the room listener is called once there is room for this instance again
    no,    // never will be: no such instance, or a bad line
  };

  virtual ~LineStore() = default;
  // An instance of `service` (its canonical form) will write, or one that was removed does not any
  // more. On the core's thread.
  virtual void open(const std::string& instance, const boost::json::object& service) = 0;
  virtual void close(const std::string& instance) = 0;
  // In order; `stored`: how many are, also where it is not all of them.
  virtual Stored write(const std::string& instance, std::span<const Line> lines,
                       std::size_t& stored) = 0;
  // The same; `stored`: how many bytes are.
  virtual Stored write_records(const std::string& instance, const Records& records,
                               std::size_t& stored) = 0;
  // The cursor of the last line stored, "" if there is none.
  virtual std::string last_cursor(const std::string& instance) = 0;
  // The one listener; empty: none, and no call of the old one is under way or comes later. It may
  // be called on any thread and does not block.
  virtual void set_room_listener(std::function<void(const std::string& instance)> listener) = 0;
};

}  // namespace consort::runtime
