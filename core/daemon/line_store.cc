#include "core/daemon/line_store.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>
#include <consort/log_limits.hpp>
#include <mutex>
#include <optional>
#include <vector>

namespace consort::daemon {

namespace asio = boost::asio;

// How long after a line could not be stored (no space) the runtime is asked to try again.
constexpr auto try_again_after = std::chrono::seconds(1);

namespace {

// What the logging options of a service say, over `otherwise`; none where they say nothing.
std::optional<record::LogRotation> rotation_of(const boost::json::object& service,
                                               const record::LogRotation& otherwise) {
  const auto inside = [](const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
  };
  const auto* logging = inside(service, "logging");
  const auto* options = logging == nullptr ? nullptr : inside(*logging, "options");
  if (options == nullptr) return std::nullopt;
  const auto text = [&](std::string_view key) -> std::string_view {
    const auto* value = options->if_contains(key);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : "";
  };
  const auto size = text("max-size"), count = text("max-file");
  if (size.empty() && count.empty()) return std::nullopt;
  LogLimits limits{otherwise.max_bytes, otherwise.max_files};
  // What it cannot read is said by the runtime, whose options they are.
  read_log_options(size, count, limits, [](auto&&...) {});
  return record::LogRotation{limits.max_bytes, limits.max_files};
}

}  // namespace

struct PushedLines::Waiting {
  std::mutex mutex;
  std::function<void(const std::string&)> listener;

  void room(const std::string& instance) {
    const std::lock_guard lock(mutex);
    if (listener) listener(instance);
  }
};

PushedLines::PushedLines(asio::any_io_executor executor, const Directories& directories)
    : executor_(std::move(executor)),
      directories_(directories),
      writer_(record::LogRotation{}),
      waiting_(std::make_shared<Waiting>()) {}

PushedLines::~PushedLines() { set_room_listener({}); }

void PushedLines::open(const std::string& instance, const boost::json::object& service) {
  if (const auto own = rotation_of(service, rotation_)) {
    writer_.rotate_at(directories_.path(instance), *own);
  }
}

void PushedLines::close(const std::string& instance) { writer_.close(directories_.path(instance)); }

runtime::LineStore::Stored PushedLines::write(const std::string& instance,
                                              std::span<const runtime::Line> lines,
                                              std::size_t& stored) {
  std::vector<record::PushedLine> all;
  all.reserve(lines.size());
  for (const auto& line : lines) {
    const auto stream =
        line.stream == runtime::Stream::standard_output ? record::Stream::out : record::Stream::err;
    all.push_back({{line.at, stream, line.partial, line.bytes}, line.cursor});
  }
  return outcome(instance, writer_.append(directories_.path(instance), all, stored));
}

runtime::LineStore::Stored PushedLines::write_records(const std::string& instance,
                                                      const runtime::Records& records,
                                                      std::size_t& stored) {
  const record::PushedRecords given{records.bytes, records.file, records.offset};
  return outcome(instance, writer_.append(directories_.path(instance), given, stored));
}

runtime::LineStore::Stored PushedLines::outcome(const std::string& instance,
                                                const base::Result<void>& appended) {
  if (appended) return Stored::yes;
  const auto kind = appended.error().kind();
  if (kind == base::ErrorKind::not_found || kind == base::ErrorKind::invalid) return Stored::no;
  asio::dispatch(executor_, [executor = executor_, waiting = waiting_, instance] {
    auto timer = std::make_shared<asio::steady_timer>(executor, try_again_after);
    timer->async_wait([timer, waiting, instance](boost::system::error_code failed) {
      if (!failed) waiting->room(instance);
    });
  });
  return Stored::full;
}

std::string PushedLines::last_cursor(const std::string& instance) {
  const auto cursor = writer_.last_cursor(directories_.path(instance));
  return cursor ? *cursor : std::string();
}

void PushedLines::set_room_listener(std::function<void(const std::string&)> listener) {
  const std::lock_guard lock(waiting_->mutex);
  waiting_->listener = std::move(listener);
}

}  // namespace consort::daemon
