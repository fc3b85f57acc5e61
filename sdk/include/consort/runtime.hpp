// SPDX-License-Identifier: Apache-2.0
// The C++20 side of <consort/runtime.h>; the standard library only. Derive from consort::Runtime,
// override the handlers, and put one CONSORT_RUNTIME(...) at the end of one source file:
//
//   class MyRuntime : public consort::Runtime {
//    public:
//     using Runtime::Runtime;
//     void start(consort::Operation op, const consort::Task& task) override;
//     ...
//   };
//   CONSORT_RUNTIME(MyRuntime, "mine", "1.0", CONSORT_EXT_SIGNAL)
//
// The wrapper keeps the rules of the ABI: no exception crosses, every operation completes exactly
// once, and (with asserts on) every call comes on the runtime's own thread.
#pragma once

#include <cassert>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <consort/runtime.h>
#include <consort/host.hpp>
#include <consort/logs.hpp>
#include <consort/operation.hpp>
#include <consort/values.hpp>

namespace consort {

namespace detail {
struct Trampolines;
}

// A runtime. Every handler runs on its one thread, never two at a time. A handler may complete its
// operation before it returns, or keep it and complete it later from any thread. Views that it is
// given are good for the call only. Constructor and destructor run on that thread too.
class Runtime {
 public:
  explicit Runtime(Host host) : host_(host), reactor_(host) {}
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  virtual ~Runtime() = default;

  // Throw to refuse; see consort_runtime.init for what is in `config_json`.
  virtual void init(std::string_view config_json) { (void)config_json; }

  virtual void start(Operation op, const Task& task) = 0;
  virtual void attach(Operation op, const Task& task, std::string_view handle) = 0;
  // signal "": the task's own.
  virtual void stop(Operation op, std::string_view instance, std::string_view signal,
                    std::chrono::milliseconds grace) = 0;
  virtual void inspect(Operation op, std::string_view instance) = 0;
  virtual void remove(Operation op, std::string_view instance, bool force) = 0;

  // Optional: override those whose extension CONSORT_RUNTIME names.
  virtual void exec(Operation op, std::string_view, Exec) { unsupported(op); }
  virtual void exec_resize(std::uint64_t, std::uint16_t, std::uint16_t) {}  // rows, columns
  virtual void exec_cancel(std::uint64_t) {}
  virtual void open_stdin(Operation op, std::string_view) { unsupported(op); }
  virtual void close_stdin(Operation op, std::string_view) { unsupported(op); }
  virtual void show_output(Operation op, std::string_view, Fd, Fd) { unsupported(op); }
  virtual void resize(std::string_view, std::uint16_t, std::uint16_t) {}  // rows, columns
  virtual void signal(Operation op, std::string_view, std::string_view) { unsupported(op); }
  virtual void stats(Operation op, std::string_view) { unsupported(op); }
  virtual void list(Operation op) { unsupported(op); }
  virtual void validate(Operation op, const Task&) { unsupported(op); }
  virtual void fingerprint(Operation op) { unsupported(op); }
  virtual void prepare_project(Operation op, std::string_view) { unsupported(op); }  // project_json
  virtual void release_project(Operation op, std::string_view) { unsupported(op); }  // options_json
  virtual void pull_images(Operation op, std::string_view) { unsupported(op); }      // project_json
  virtual void build_images(Operation op, std::string_view) { unsupported(op); }     // project_json
  virtual void list_images(Operation op) { unsupported(op); }
  virtual void create(Operation op, const Task&) { unsupported(op); }
  virtual void pause(Operation op, std::string_view) { unsupported(op); }
  virtual void resume(Operation op, std::string_view) { unsupported(op); }
  virtual void top(Operation op, std::string_view) { unsupported(op); }
  // Instance and path.
  virtual void look(Operation op, std::string_view, std::string_view) { unsupported(op); }
  virtual void read_files(Operation op, std::string_view, std::string_view, Fd) { unsupported(op); }
  virtual void write_files(Operation op, std::string_view, std::string_view, Fd) {
    unsupported(op);
  }
  // `remove`, of a running one too, and with the volumes that are its own.
  virtual void remove_with_volumes(Operation op, std::string_view instance) {
    remove(std::move(op), instance, true);
  }
  virtual void logs_resume(std::string_view) {}
  virtual void answered(std::uint64_t, consort_answer, std::string_view) {}  // prompt, answer, text
  virtual void trust(Operation op, std::string_view, std::string_view) {     // host, fingerprint
    unsupported(op);
  }
  virtual void environment_changed(std::string_view) {}  // environment_json

 protected:
  const Host& host() const noexcept { return host_; }
  Reactor& reactor() noexcept { return reactor_; }

 private:
  friend struct detail::Trampolines;
  // The host adds whose.
  static void unsupported(Operation& op) { op.fail(CONSORT_E_UNSUPPORTED, {}); }

  Host host_;
  Reactor reactor_;
  consort_runtime table_{};
  const char* const* features_ = nullptr;
  std::thread::id thread_ = std::this_thread::get_id();
};

}  // namespace consort

#include <consort/detail/trampolines.hpp>

// The oldest host minor that this plugin works with; define it before including this header if you
// use what came later.
#ifndef CONSORT_RUNTIME_MINOR_NEEDED
#define CONSORT_RUNTIME_MINOR_NEEDED 0
#endif

// CONSORT_RUNTIME(Class, "name", "version", features...): the plugin's entry point. The rest are
// ids of the extensions it has (CONSORT_EXT_...). All of it must equal the manifest.
#define CONSORT_RUNTIME(Class, runtime_name, runtime_version, ...)                                 \
  extern "C" CONSORT_EXPORT const consort_entry* consort_runtime_entry_v1(void) {                  \
    static const char* const features[] = {__VA_ARGS__ __VA_OPT__(, ) nullptr};                    \
    static const consort_descriptor descriptor = {sizeof(consort_descriptor),                      \
                                                  CONSORT_RUNTIME_MINOR_NEEDED,                    \
                                                  CONSORT_ABI_MINOR,                               \
                                                  runtime_name,                                    \
                                                  runtime_version,                                 \
                                                  features};                                       \
    static const consort_entry entry = {sizeof(consort_entry), CONSORT_ABI_MAJOR,                  \
                                        []() -> const consort_descriptor* { return &descriptor; }, \
                                        [](const consort_host* host) -> consort_runtime* {         \
                                          return ::consort::detail::Trampolines::create<Class>(    \
                                              host, features);                                     \
                                        }};                                                        \
    return &entry;                                                                                 \
  }
