#pragma once

#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "core/base/file.h"

namespace consort::engine {

// What a probe's command writes to one stream: however much it is, the end of it is kept. On the
// executor's thread.
class ProbeOutput : public std::enable_shared_from_this<ProbeOutput> {
 public:
  // Null where there is no pipe to be had: a probe can do without.
  static std::shared_ptr<ProbeOutput> open(const boost::asio::any_io_executor& executor);

  // To write to, for the command.
  base::Fd take_writer() { return std::move(writer_); }
  // The command has ended: the last line that is not empty.
  std::string last_line();

  explicit ProbeOutput(boost::asio::posix::stream_descriptor from, base::Fd writer)
      : from_(std::move(from)), writer_(std::move(writer)) {}

 private:
  void read_on();
  bool read_some();

  boost::asio::posix::stream_descriptor from_;
  base::Fd writer_;
  std::string tail_;
};

}  // namespace consort::engine
