#pragma once

#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

#include "core/api/client.h"
#include "core/cli/interrupts.h"
#include "core/cli/log_printer.h"
#include "core/cli/log_record.h"
#include "core/cli/screen.h"
#include "core/model/event.h"

namespace consort::cli {

// Follows the project's logs on a thread of its own and prints them; what is asked for again
// (`drain`) is printed once. The constructor starts, `stop` or the destructor ends it.
class LogView {
 public:
  // `shown` decides by service. Lines from `since` on.
  LogView(api::Client client, Screen& screen, LogStyle style, model::WallTime since,
          std::function<bool(std::string_view service)> shown);
  ~LogView();
  LogView(const LogView&) = delete;
  LogView& operator=(const LogView&) = delete;

  void expect(const model::ReplicaId& id);
  // Prints everything that this replica has written up to now and that was not printed yet.
  void drain(const model::ReplicaId& id);
  // Ends the following; nothing is printed afterwards but by drain().
  void stop();
  // Follows again, from where each replica's log was left, with a new supervisor.
  void restart();
  // Prints unfinished lines.
  void finish();

 private:
  void follow();
  void offer(LogOnce::Reading& reading, std::string_view line);

  api::Client client_;
  Screen& screen_;
  model::WallTime since_;
  std::function<bool(std::string_view)> shown_;
  std::mutex mutex_;  // guards once_ and printer_
  LogOnce once_;
  LogPrinter printer_;
  std::unique_ptr<Flag> ended_;
  std::thread thread_;
};

}  // namespace consort::cli
