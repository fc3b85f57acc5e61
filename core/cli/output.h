#pragma once

#include <string>
#include <string_view>

namespace consort::cli {

// A stream of this process, with a buffer. One thread at a time. A reader that has gone ends the
// process by SIGPIPE, as is usual for a filter; other write errors are dropped.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}
  ~Output() { flush(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text);  // flushes by itself when much has gathered
  void line(std::string_view text);
  // A line for people in which words of files, services and plugins may stand: what a terminal
  // would obey is shown instead (base::visible).
  void message(std::string_view text);
  void flush();

 private:
  int fd_;
  std::string buffer_;
};

}  // namespace consort::cli
