#include "core/daemon/log.h"

#include <fcntl.h>

#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include "core/base/file.h"
#include "core/base/text.h"

namespace consort::daemon {

struct Log::File {
  spdlog::logger logger;
};

Log::Log(std::filesystem::path path) : path_(std::move(path)) {}
Log::~Log() = default;

void Log::write(Level level, std::string_view line) {
  if (closed_) return;
  try {
    if (!file_) {
      // Made here for its mode; spdlog appends to it.
      const base::Fd made(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
      spdlog::file_event_handlers handlers;  // what a plugin starts does not inherit it
      handlers.after_open = [](const spdlog::filename_t&, std::FILE* file) {
        ::fcntl(::fileno(file), F_SETFD, FD_CLOEXEC);
      };
      auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_st>(path_.string(), 1u << 20,
                                                                         1, false, handlers);
      file_ = std::make_unique<File>(File{spdlog::logger("supervisor", std::move(sink))});
      file_->logger.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
      file_->logger.flush_on(spdlog::level::info);
      file_->logger.set_error_handler([](const std::string&) {});
    }
    const auto to = level == Level::info      ? spdlog::level::info
                    : level == Level::warning ? spdlog::level::warn
                                              : spdlog::level::err;
    file_->logger.log(to, "{}", base::visible(line));
  } catch (const std::exception&) {
    closed_ = true;  // no place to say so
  }
}

void Log::close() {
  closed_ = true;
  file_.reset();
}

}  // namespace consort::daemon
