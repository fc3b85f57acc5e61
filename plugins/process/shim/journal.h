#pragma once

// The input buffers of both streams, kept in a file that is mapped shared: what a killed shim had
// read from a FIFO and not yet logged is still there for its successor, and nothing is logged
// twice. Exactly once, at whatever instruction the shim dies:
//   - a read is announced before it is made, with a pattern in the last bytes of its target: if
//   they changed, it happened;
//   - positions change by filling the slot that is not in use and then flipping one word;
//   - log bytes behind the last commit are counted from the log itself (log.h).

#include <cstddef>
#include <cstdint>

#include "protocol.h"

namespace consort::shim {

struct StreamState {
  std::uint32_t big;      // 1: in the big area
  std::uint32_t start;    // first byte not yet in the log
  std::uint32_t end;      // behind the last byte read
  std::uint32_t want;     // bytes that an announced read takes
  std::uint32_t partial;  // 1: the last record logged was a partial one
};

struct JournalState {
  StreamState stream[2];
  std::uint32_t segment;
  std::uint64_t log_size;  // of that segment, up to the last commit
};

class Journal {
 public:
  // Makes and maps the file; memory is taken as it is needed. 0 or errno.
  int create(const char* path);
  // Maps what an earlier shim left and settles an interrupted read. 0 or errno.
  int reopen(const char* path);

  const JournalState& state() const { return header()->slot[header()->active & 1]; }
  // Makes `next` the state, as one step.
  void commit(const JournalState& next);

  char* data(int stream) const { return base_ + offset(stream, state().stream[stream].big != 0); }
  std::uint32_t capacity(int stream) const;

  // Makes room behind the stream's end by moving what is left to the front, or to the big area if
  // `wanted` bytes do not fit. False if the stream is full all the same: log something first.
  bool make_room(int stream, std::uint32_t wanted);

  void announce_read(int stream, std::uint32_t count);
  void end_read(int stream, std::uint32_t count);

  // Gives the memory of a burst back.
  void trim();

 private:
  struct Header {
    std::uint32_t magic;
    std::uint32_t active;
    JournalState slot[2];
  };
  static constexpr std::uint32_t magic_ = 0x434a3031;
  static constexpr std::uint32_t page_ = 4096;
  static constexpr std::uint32_t first_ = 256;  // stream 0 begins here, behind the header
  static constexpr std::uint32_t big_ = log_fragment + 65536;
  static_assert(sizeof(Header) <= first_);

  Header* header() const { return reinterpret_cast<Header*>(base_); }
  static std::uint32_t offset(int stream, bool big);
  bool move(int stream, bool big);
  int map(int fd);

  char* base_ = nullptr;
  int fd_ = -1;
};

}  // namespace consort::shim
