#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "core/runtime/convert.h"

namespace consort::runtime {

// What a plugin tells the core, copied.
namespace told {
struct Completed {
  std::uint64_t op = 0;
  Completion completion;
};
struct Exited {
  std::string instance;
  model::ExitInfo exit;
};
struct Progress {
  std::string instance;
  std::string json;
};
struct InstanceHealth {
  std::string instance;
  model::Health health = model::Health::none;
  std::string message;
};
struct InstanceReach {
  std::string instance;
  consort_status status = CONSORT_OK;
  std::string message;
};
struct InstancePaused {
  std::string instance;
  bool paused = false;
};
struct Health {
  consort_status status = CONSORT_OK;
  std::string message;
};
struct Asked {
  Question question;
};
struct Withdrawn {
  std::uint64_t question = 0;
};
struct Log {
  int level = CONSORT_LOG_INFO;
  std::string message;
};
struct Initialized {
  consort_status status = CONSORT_OK;
  std::string message;
};
struct Destroyed {};
}  // namespace told
using Told = std::variant<told::Completed, told::Exited, told::Progress, told::InstanceHealth,
                          told::InstanceReach, told::InstancePaused, told::Health, told::Asked,
                          told::Withdrawn, told::Log, told::Initialized, told::Destroyed>;

// From any thread to the core's: in order, and one wake-up for all that came meanwhile. Never
// blocks; when the core is far behind, progress and log lines are dropped, the rest never is.
class Inbox : public std::enable_shared_from_this<Inbox> {
 public:
  using Receiver = std::function<void(Told&&)>;

  Inbox(boost::asio::any_io_executor core, Receiver receiver)
      : core_(std::move(core)), receiver_(std::move(receiver)) {}

  void put(Told message);  // any thread
  void close();            // core's thread: nothing is received from now on

 private:
  void drain();

  const boost::asio::any_io_executor core_;
  Receiver receiver_;  // core's thread only
  std::mutex mutex_;
  bool open_ = true;         // guarded by mutex_
  std::vector<Told> queue_;  // guarded by mutex_
};

}  // namespace consort::runtime
