#include "core/runtime/host.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace consort::runtime {

namespace {

std::string text(const char* nullable) { return nullable != nullptr ? nullable : ""; }

}  // namespace

// No exception leaves one of these: out of memory ends the program, as everywhere in the core.
struct Host::Functions {
  static Host& of(const consort_host* host) { return *static_cast<Host*>(host->ctx); }

  static void complete(const consort_host* host, std::uint64_t op,
                       const consort_result* result) noexcept {
    of(host).inbox_->put(told::Completed{op, copy_result(result)});
  }
  static void exited(const consort_host* host, const char* instance,
                     const consort_exit* exit) noexcept {
    of(host).inbox_->put(told::Exited{text(instance), copy_exit(exit)});
  }
  static void event(const consort_host* host, const char* instance, const char* json) noexcept {
    of(host).inbox_->put(told::Progress{text(instance), valid_utf8(json)});
  }
  static void health(const consort_host* host, std::int32_t status, const char* message) noexcept {
    of(host).inbox_->put(told::Health{known_status(status), message_text(message)});
  }
  static void log(const consort_host* host, std::int32_t level, const char* message) noexcept {
    of(host).inbox_->put(told::Log{level, message_text(message)});
  }

  static std::string_view view(const char* bytes, std::size_t length) {
    return length != 0 ? std::string_view(bytes, length) : std::string_view();
  }
  static std::int32_t write(const consort_host* host, const char* instance,
                            const consort_line* lines, std::size_t count,
                            std::size_t* stored) noexcept {
    *stored = 0;
    std::vector<Line> all(count);
    for (std::size_t i = 0; i < count; ++i) {
      const consort_line& line = lines[i];
      if (line.stream != CONSORT_STDOUT && line.stream != CONSORT_STDERR) return CONSORT_E_INVALID;
      all[i] = {static_cast<Stream>(line.stream),
                model::WallTime(std::chrono::nanoseconds(line.at_ns)), line.partial != 0,
                view(line.bytes, line.length), view(line.cursor, line.cursor_length)};
    }
    return of(host).logs_.write(text(instance), all, *stored);
  }
  static std::size_t last_cursor(const consort_host* host, const char* instance, char* buffer,
                                 std::size_t size) noexcept {
    const std::string cursor = of(host).logs_.last_cursor(text(instance));
    if (size != 0) {
      const std::size_t copied = std::min(cursor.size(), size - 1);
      std::memcpy(buffer, cursor.data(), copied);
      buffer[copied] = '\0';
    }
    return cursor.size();
  }

  static std::int32_t write_records(const consort_host* host, const char* instance,
                                    const consort_records* records, std::size_t* stored) noexcept {
    return of(host).logs_.write_records(
        text(instance),
        {view(records->bytes, records->length), view(records->file, records->file_length),
         records->offset},
        *stored);
  }

  static void report(const consort_host* host, const char* instance, std::int32_t health,
                     const char* message) noexcept {
    model::Health known = model::Health::none;
    if (health == CONSORT_HEALTH_STARTING) known = model::Health::starting;
    if (health == CONSORT_HEALTH_HEALTHY) known = model::Health::healthy;
    if (health == CONSORT_HEALTH_UNHEALTHY) known = model::Health::unhealthy;
    of(host).inbox_->put(told::InstanceHealth{text(instance), known, message_text(message)});
  }

  static void ask(const consort_host* host, std::uint64_t prompt, std::int32_t kind,
                  const char* instance, const char* message) noexcept {
    // An unknown kind is asked like a secret: nothing is shown that should not be.
    of(host).inbox_->put(told::Asked{{.number = prompt,
                                      .secret = kind != CONSORT_PROMPT_CONFIRM,
                                      .instance = text(instance),
                                      .message = message_text(message)}});
  }
  static void cancel(const consort_host* host, std::uint64_t prompt) noexcept {
    of(host).inbox_->put(told::Withdrawn{prompt});
  }
  static void reach(const consort_host* host, const char* instance, std::int32_t status,
                    const char* message) noexcept {
    of(host).inbox_->put(
        told::InstanceReach{text(instance), known_status(status), message_text(message)});
  }
  static void paused(const consort_host* host, const char* instance, std::int32_t is) noexcept {
    of(host).inbox_->put(told::InstancePaused{text(instance), is != 0});
  }

  // Whether the reactor may be used here; says so in the log where not.
  static bool on_plugin_thread(const consort_host* host, const char* function) noexcept {
    if (of(host).thread_.load() == std::this_thread::get_id()) return true;
    of(host).inbox_->put(
        told::Log{CONSORT_LOG_ERROR, std::string("consort.reactor/1: ") + function +
                                         " was called off the runtime's thread and did nothing"});
    return false;
  }
  static std::int32_t watch(const consort_host* host, int fd, std::uint32_t events,
                            consort_fd_fn callback, void* user) noexcept {
    if (!on_plugin_thread(host, "watch")) return CONSORT_E_INVALID;
    const std::uint32_t known = events & (CONSORT_READABLE | CONSORT_WRITABLE);
    if (callback == nullptr || known == 0) return CONSORT_E_INVALID;
    const int error = of(host).reactor_.watch(
        fd, known, [=](int f, std::uint32_t ready) { callback(user, f, ready); });
    if (error == 0) return CONSORT_OK;
    return error == EPERM ? CONSORT_E_UNSUPPORTED
                          : (error == EBADF ? CONSORT_E_INVALID : CONSORT_E_FAILED);
  }
  static void unwatch(const consort_host* host, int fd) noexcept {
    if (on_plugin_thread(host, "unwatch")) of(host).reactor_.unwatch(fd);
  }
  static std::uint64_t start_timer(const consort_host* host, std::uint64_t delay_ms,
                                   consort_timer_fn callback, void* user) noexcept {
    if (!on_plugin_thread(host, "start_timer") || callback == nullptr) return 0;
    return of(host).reactor_.start_timer(delay_ms,
                                         [=](std::uint64_t timer) { callback(user, timer); });
  }
  static void cancel_timer(const consort_host* host, std::uint64_t timer) noexcept {
    if (on_plugin_thread(host, "cancel_timer")) of(host).reactor_.cancel_timer(timer);
  }

  static const void* get_extension(const consort_host*, const char* id) noexcept {
    static constexpr consort_reactor_v1 reactor{sizeof(consort_reactor_v1), watch, unwatch,
                                                start_timer, cancel_timer};
    static constexpr consort_logs_host_v1 logs{sizeof(consort_logs_host_v1), write, last_cursor,
                                               write_records};
    static constexpr consort_health_host_v1 health_host{sizeof(consort_health_host_v1), report};
    static constexpr consort_prompt_host_v1 prompt{sizeof(consort_prompt_host_v1), ask, cancel};
    if (id == nullptr) return nullptr;
    if (std::strcmp(id, CONSORT_EXT_PROMPT) == 0) return &prompt;
    static constexpr consort_reach_host_v1 reach_host{sizeof(consort_reach_host_v1), reach};
    if (std::strcmp(id, CONSORT_EXT_REACH) == 0) return &reach_host;
    static constexpr consort_pause_host_v1 pause_host{sizeof(consort_pause_host_v1), paused};
    if (std::strcmp(id, CONSORT_EXT_PAUSE) == 0) return &pause_host;
    if (std::strcmp(id, CONSORT_EXT_HEALTH) == 0) return &health_host;
    if (std::strcmp(id, CONSORT_EXT_REACTOR) == 0) return &reactor;
    if (std::strcmp(id, CONSORT_EXT_LOGS) == 0) return &logs;
    return nullptr;
  }
};

Host::Host(std::shared_ptr<Inbox> inbox, Reactor& reactor, LogsHost& logs)
    : table_{sizeof(consort_host), CONSORT_ABI_MINOR, this,
             Functions::complete,  Functions::exited, Functions::event,
             Functions::health,    Functions::log,    Functions::get_extension},
      inbox_(std::move(inbox)),
      reactor_(reactor),
      logs_(logs) {}

}  // namespace consort::runtime
