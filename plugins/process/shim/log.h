#pragma once

// The instance's log: numbered segments of CRI records, `<RFC3339Nano> stdout|stderr F|P <text>\n`.
// One writer. Records are gathered and written together. A write that fails blocks the log: nothing
// that it was given is lost, the caller stops reading its sources and calls flush again in a while,
// and `log_error` tells the world meanwhile.

#include <errno.h>

#include <cstddef>
#include <cstdint>

#include "journal.h"

namespace consort::shim {

// "log/00000000.log"
struct SegmentName {
  explicit SegmentName(std::uint32_t number);
  char path[24];
};

class Log {
 public:
  // `out` is the buffer for records, `size` at least two fragments. Segments are log/<n>.log below
  // the current folder.
  Log(Journal& journal, char* out, std::size_t size) : journal_(journal), out_(out), size_(size) {}

  void set_rotation(std::uint64_t max_bytes, std::uint32_t max_files);
  // Opens the segment `number`; if that fails the log is blocked.
  void open_segment(std::uint32_t number);

  // Time stamps of the records from here on.
  void stamp();

  // Takes a record whose source bytes end at `source_end` in the stream's buffer. False: blocked,
  // and not taken.
  bool append(int stream, bool full, const char* text, std::size_t length,
              std::uint32_t source_end);

  // Writes what was taken and commits it to the journal. False: blocked.
  bool flush();

  bool blocked() const { return error_ != 0; }
  // Blocked for good: somebody removed its folder.
  bool removed() const { return error_ == ENOENT; }
  std::uint64_t retry_at() const { return retry_at_; }
  // Where the stream's first byte is that was neither taken nor written.
  std::uint32_t next(int stream) const { return next_.stream[stream].start; }
  bool partial(int stream) const { return next_.stream[stream].partial != 0; }
  // To be called after the journal's buffers moved; nothing taken may be unwritten.
  void reload() { next_ = journal_.state(); }
  bool empty() const { return length_ == 0; }
  std::size_t peak() const { return peak_; }
  void trim();

  // After a shim was killed: takes what the last segment holds behind the last commit as written,
  // cuts off its torn tail, and goes on in a new segment. Without a journal only the torn tail is
  // closed, by a newline.
  void recover(bool have_journal);

 private:
  bool block(int error);
  void unblock();
  bool open_current();
  bool rotate();
  void drop(std::uint32_t segment);
  void settle(int fd, std::uint64_t from);

  Journal& journal_;
  char* out_;
  std::size_t size_;
  std::size_t length_ = 0;
  std::size_t written_ = 0;
  std::size_t peak_ = 0;
  JournalState next_{};
  std::uint64_t segment_size_ = 0;
  std::uint64_t max_bytes_ = 0;
  std::uint64_t retry_at_ = 0;
  std::uint32_t max_files_ = 0;
  std::uint32_t segment_ = 0;
  int fd_ = -1;
  int error_ = 0;
  char header_[log_header] = {};
};

}  // namespace consort::shim
