// SPDX-License-Identifier: Apache-2.0
// Part of <consort/runtime.hpp>: the host's log store, as C++.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <consort/runtime.h>
#include <consort/host.hpp>

namespace consort {

// The log store of the core (consort.logs/1), for a runtime whose output is not already CRI files.
// Any thread.
class LogSink {
 public:
  explicit LogSink(Host host)
      : host_(host), logs_(host.extension<consort_logs_host_v1>(CONSORT_EXT_LOGS)) {}

  explicit operator bool() const noexcept { return logs_ != nullptr; }

  // Stores one line or (`partial`) a part of one, without the newline. False: not stored; push it
  // again after logs_resume(instance). Throws Error if it can never be stored.
  bool write(std::string_view instance, consort_stream stream, std::int64_t at_ns,
             std::string_view bytes, std::string_view cursor, bool partial = false) const {
    const consort_line line{stream,       partial,       at_ns,        bytes.data(),
                            bytes.size(), cursor.data(), cursor.size()};
    return write(instance, std::span(&line, 1)) == 1;
  }

  // Stores many in order; returns how many are stored. Fewer than all: push the others again after
  // logs_resume(instance). Throws Error if they can never be stored.
  std::size_t write(std::string_view instance, std::span<const consort_line> lines) const {
    std::size_t stored = 0;
    const int status = need().write(host_.raw(), std::string(instance).c_str(), lines.data(),
                                    lines.size(), &stored);
    return checked(status, stored, instance);
  }

  // Stores whole records of a CRI file as they are; `offset` is that of the first byte. The cursor
  // of each is `file` and behind it the offset of its end. Returns how many bytes are stored,
  // always to the end of a record; otherwise as write.
  std::size_t write_records(std::string_view instance, std::string_view records,
                            std::string_view file, std::uint64_t offset) const {
    const consort_records given{sizeof given, records.data(), records.size(),
                                file.data(),  file.size(),    offset};
    std::size_t stored = 0;
    const int status =
        need().write_records(host_.raw(), std::string(instance).c_str(), &given, &stored);
    return checked(status, stored, instance);
  }

  // The cursor of the last stored line of `instance`, "" if there is none.
  std::string last_cursor(std::string_view instance) const {
    const std::string name(instance);
    std::string cursor(256, '\0');
    for (;;) {
      const std::size_t length =
          need().last_cursor(host_.raw(), name.c_str(), cursor.data(), cursor.size());
      const bool fits = length < cursor.size();  // its NUL too
      cursor.resize(fits ? length : length + 1);
      if (fits) return cursor;
    }
  }

 private:
  static std::size_t checked(int status, std::size_t stored, std::string_view instance) {
    if (status == CONSORT_OK || status == CONSORT_E_RETRY) return stored;
    throw Error(static_cast<consort_status>(status),
                "cannot store a line of " + std::string(instance));
  }
  const consort_logs_host_v1& need() const {
    if (logs_ == nullptr) throw Error(CONSORT_E_UNSUPPORTED, "the host has no consort.logs/1");
    return *logs_;
  }

  Host host_;
  const consort_logs_host_v1* logs_;
};

// Makes lines of a stream of bytes and stores them, each with the time when it was whole. One
// thread at a time.
class LineWriter {
 public:
  static constexpr std::size_t max_part = 16384;  // longer lines are stored in parts

  LineWriter(LogSink sink, std::string instance, consort_stream stream)
      : sink_(std::move(sink)), instance_(std::move(instance)), stream_(stream) {}

  // Takes bytes as they come. False: the store is full; they are kept. Call flush() after
  // logs_resume(instance), and bring no more before it returns true.
  bool write(std::string_view bytes) {
    buffer_.append(bytes);
    return flush();
  }
  bool flush() {
    std::size_t done = 0;
    bool stored = true;
    while (stored) {
      const auto rest = std::string_view(buffer_).substr(done);
      const std::size_t newline = rest.find('\n');
      const bool whole = newline <= max_part;  // npos is not
      if (!whole && rest.size() <= max_part) break;
      const std::size_t length = whole ? newline : max_part;
      stored = store(rest.substr(0, length), !whole);
      if (stored) done += length + (whole ? 1 : 0);
    }
    buffer_.erase(0, done);
    return stored;
  }
  // The stream has ended: stores what came after the last newline too. False as above; call again.
  bool end() {
    if (!flush()) return false;
    if (buffer_.empty() || !store(buffer_, false)) return buffer_.empty();
    buffer_.clear();
    return true;
  }

 private:
  bool store(std::string_view bytes, bool partial) const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return sink_.write(instance_, stream_,
                       std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(), bytes, "",
                       partial);
  }

  LogSink sink_;
  std::string instance_;
  consort_stream stream_;
  std::string buffer_;
};

}  // namespace consort
