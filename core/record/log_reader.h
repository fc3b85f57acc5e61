#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/base/clock.h"
#include "core/base/result.h"

namespace consort::record {

// The log of one instance: `<instance>/log/NNNNNNNN.log`. The label goes in front of its records
// and has no space.
struct LogDirectory {
  std::string label;
  std::filesystem::path instance;
};

struct LogQuery {
  // Those of one label, a replica's instances, oldest first.
  std::vector<LogDirectory> sources;
  std::optional<std::uint64_t> tail;  // last lines of each label; none: all
  std::optional<base::WallTime> since, until;
  bool follow = false;
};

// One reading of the logs of many instances. What is stored comes merged by time; what is written
// while following comes as it is written, each batch sorted by time. Pulled, so that a slow reader
// slows nobody: it only falls behind, and loses what the writers' retention has removed by then.
// All on the executor's thread. Memory: a chunk (16 to 256 KiB) for each source being read.
class LogReader {
 public:
  static base::Result<std::unique_ptr<LogReader>> open(boost::asio::any_io_executor executor,
                                                       LogQuery query);
  ~LogReader();

  // Some whole records, `<label> <CRI line>\n` each, byte for byte as stored. Empty: the end. While
  // following it waits for more. One caller at a time.
  boost::asio::awaitable<base::Result<std::string>> next();

  // While following: another instance, from its first record on.
  void add(LogDirectory source);
  // It writes no more: it is read to its end and dropped. (One whose directory is removed is
  // dropped by itself.)
  void end(const std::filesystem::path& instance);
  // next() gives what is there already, then the end.
  void finish();

 private:
  struct Impl;
  explicit LogReader(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // shared with a next() under way
};

}  // namespace consort::record
