#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "core/daemon/instances.h"
#include "core/record/log_writer.h"
#include "core/runtime/line_store.h"

namespace consort::daemon {

// The log store as the runtimes that push their output see it (consort.logs/1).
class PushedLines final : public runtime::LineStore {
 public:
  // `executor`: the core's, for trying again where a line could not be stored.
  PushedLines(boost::asio::any_io_executor executor, const Directories& directories);
  ~PushedLines() override;

  // For what is written from now on.
  void rotate_at(record::LogRotation rotation) {
    rotation_ = rotation;
    writer_.rotate_at(rotation);
  }

  // With the rotation of the service's own logging options, if it has some.
  void open(const std::string& instance, const boost::json::object& service) override;
  void close(const std::string& instance) override;
  Stored write(const std::string& instance, std::span<const runtime::Line> lines,
               std::size_t& stored) override;
  Stored write_records(const std::string& instance, const runtime::Records& records,
                       std::size_t& stored) override;
  std::string last_cursor(const std::string& instance) override;
  void set_room_listener(std::function<void(const std::string& instance)> listener) override;

 private:
  struct Waiting;
  Stored outcome(const std::string& instance, const base::Result<void>& appended);
  boost::asio::any_io_executor executor_;
  const Directories& directories_;
  record::LogRotation rotation_;
  record::LogWriter writer_;
  std::shared_ptr<Waiting> waiting_;
};

}  // namespace consort::daemon
