#include "core/cli/log_view.h"

#include "core/cli/requests.h"
#include "core/model/json.h"

namespace consort::cli {

LogView::LogView(api::Client client, Screen& screen, LogStyle style, model::WallTime since,
                 std::function<bool(std::string_view service)> shown)
    : client_(std::move(client)),
      screen_(screen),
      since_(since),
      shown_(std::move(shown)),
      printer_(style) {
  restart();
}

LogView::~LogView() { stop(); }

void LogView::restart() {
  stop();
  ended_ = std::make_unique<Flag>();
  thread_ = std::thread([this] { follow(); });
}

void LogView::stop() {
  if (!thread_.joinable()) return;
  ended_->raise();
  thread_.join();
}

void LogView::expect(const model::ReplicaId& id) {
  if (!shown_(id.service)) return;
  const std::lock_guard lock(mutex_);
  printer_.expect(to_string(id));
}

void LogView::follow() {
  LogOnce::Reading reading(once_);
  api::Client client = client_;
  const std::string path =
      target("/v1/logs", {{"since", model::format_time(since_)}, {"follow", "1"}});
  // When it breaks off, the watcher of the events finds the same and says so.
  (void)client.get_lines(
      path,
      [&](std::string_view line) {
        offer(reading, line);
        return true;
      },
      ended_->fd());
}

void LogView::drain(const model::ReplicaId& id) {
  if (!shown_(id.service)) return;
  std::optional<model::WallTime> from;
  {
    const std::lock_guard lock(mutex_);
    from = once_.last(to_string(id));
  }
  LogOnce::Reading reading(once_);
  api::Client client = client_;
  (void)client.get_lines(target("/v1/logs", {{"services", id.service},
                                             {"index", std::to_string(id.index)},
                                             {"since", model::format_time(from.value_or(since_))}}),
                         [&](std::string_view line) {
                           offer(reading, line);
                           return true;
                         });
}

void LogView::offer(LogOnce::Reading& reading, std::string_view line) {
  const auto record = parse_log_record(line);
  if (!record || !shown_(service_of(record->replica))) return;
  const std::lock_guard lock(mutex_);
  if (reading.is_new(*record)) screen_.print(printer_.print(*record));
}

void LogView::finish() {
  const std::lock_guard lock(mutex_);
  screen_.print(printer_.rest());
}

}  // namespace consort::cli
