// SPDX-License-Identifier: Apache-2.0
// Part of <consort/runtime.hpp>: the C functions that call a Runtime's handlers. No exception
// leaves one.
#pragma once

#include <consort/runtime.hpp>

namespace consort::detail {

struct Trampolines {
  using rt = consort_runtime;

  template <class Class>
  static rt* create(const consort_host* host, const char* const* features) noexcept {
    try {
      std::unique_ptr<Runtime> runtime = std::make_unique<Class>(Host(host));
      runtime->features_ = features;
      runtime->table_ = {sizeof(rt), 0,       runtime.get(), init,          start,  attach,
                         stop,       inspect, remove,        get_extension, destroy};
      return &runtime.release()->table_;
    } catch (const std::exception& e) {
      log(host, "cannot create the runtime", e.what());
    } catch (...) {
      log(host, "cannot create the runtime", "an unknown exception");
    }
    return nullptr;
  }

 private:
  static Runtime& of(rt* table) noexcept {
    Runtime& runtime = *static_cast<Runtime*>(table->self);
    assert(std::this_thread::get_id() == runtime.thread_ && "called off the runtime's thread");
    return runtime;
  }
  static std::string_view text(const char* nullable) noexcept {
    return nullable != nullptr ? nullable : "";
  }
  static void log(const consort_host* host, const char* what, const char* cause) noexcept {
    try {
      Host(host).log(CONSORT_LOG_ERROR, std::string(what) + ": " + cause);
    } catch (...) {  // no memory left to say so
    }
  }

  // Calls handler(runtime, operation); what it throws becomes the operation's outcome.
  template <class Handler>
  static void run(rt* table, std::uint64_t id, Handler&& handler) noexcept {
    Runtime& runtime = of(table);
    const consort_host* host = runtime.host_.raw();
    std::shared_ptr<OperationState> state;
    const auto threw = [&](consort_status status, const char* what) {
      const bool told =
          state ? state->complete(status, what) : OperationState(host, id).complete(status, what);
      if (!told) log(host, "a handler threw after it had completed its operation", what);
    };
    try {
      state = std::make_shared<OperationState>(host, id);
      handler(runtime, Operation(state));
      state->call_returned();
    } catch (const Error& e) {
      threw(e.status(), e.what());
    } catch (const std::exception& e) {
      threw(CONSORT_E_EXCEPTION, e.what());
    } catch (...) {
      threw(CONSORT_E_EXCEPTION, "the plugin threw an unknown exception");
    }
  }
  // The same for a handler without an operation.
  template <class Handler>
  static void tell(rt* table, const char* what, Handler&& handler) noexcept {
    Runtime& runtime = of(table);
    try {
      handler(runtime);
    } catch (const std::exception& e) {
      log(runtime.host_.raw(), what, e.what());
    } catch (...) {
      log(runtime.host_.raw(), what, "an unknown exception");
    }
  }

  static std::int32_t init(rt* table, const char* config, char* message,
                           std::size_t size) noexcept {
    const auto refuse = [&](std::int32_t status, const char* why) {
      if (size != 0) {
        std::strncpy(message, why, size - 1);
        message[size - 1] = '\0';
      }
      return status;
    };
    try {
      Runtime& runtime = of(table);
      runtime.init(text(config));
      if (!runtime.host_.health_told()) runtime.host_.health(CONSORT_OK);
      return CONSORT_OK;
    } catch (const Error& e) {
      return refuse(e.status(), e.what());
    } catch (const std::exception& e) {
      return refuse(CONSORT_E_EXCEPTION, e.what());
    } catch (...) {
      return refuse(CONSORT_E_EXCEPTION, "an unknown exception");
    }
  }
  static void start(rt* table, std::uint64_t op, const consort_task* task) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.start(std::move(o), Task(*task)); });
  }
  static void attach(rt* table, std::uint64_t op, const consort_task* task,
                     const char* handle) noexcept {
    run(table, op,
        [&](Runtime& r, Operation o) { r.attach(std::move(o), Task(*task), text(handle)); });
  }
  static void stop(rt* table, std::uint64_t op, const char* instance, const char* signal,
                   std::uint64_t grace_ms) noexcept {
    run(table, op, [&](Runtime& r, Operation o) {
      r.stop(std::move(o), instance, text(signal), std::chrono::milliseconds(grace_ms));
    });
  }
  static void inspect(rt* table, std::uint64_t op, const char* instance) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.inspect(std::move(o), instance); });
  }
  static void remove(rt* table, std::uint64_t op, const char* instance,
                     std::uint32_t how) noexcept {
    run(table, op, [&](Runtime& r, Operation o) {
      if ((how & CONSORT_REMOVE_VOLUMES) != 0) return r.remove_with_volumes(std::move(o), instance);
      r.remove(std::move(o), instance, (how & CONSORT_REMOVE_RUNNING) != 0);
    });
  }
  static void destroy(rt* table) noexcept { delete &of(table); }

  static void exec(rt* table, std::uint64_t op, const char* instance,
                   const consort_exec* raw) noexcept {
    Exec exec(*raw);  // first: the descriptors are ours from here on
    run(table, op,
        [&](Runtime& r, Operation o) { r.exec(std::move(o), instance, std::move(exec)); });
  }
  static void exec_resize(rt* table, std::uint64_t op, std::uint16_t rows,
                          std::uint16_t columns) noexcept {
    tell(table, "cannot resize", [&](Runtime& r) { r.exec_resize(op, rows, columns); });
  }
  static void exec_cancel(rt* table, std::uint64_t op) noexcept {
    tell(table, "cannot cancel", [&](Runtime& r) { r.exec_cancel(op); });
  }
  static void open_stdin(rt* table, std::uint64_t op, const char* instance) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.open_stdin(std::move(o), instance); });
  }
  static void close_stdin(rt* table, std::uint64_t op, const char* instance) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.close_stdin(std::move(o), instance); });
  }
  static void show_output(rt* table, std::uint64_t op, const char* instance, int out_fd,
                          int err_fd) noexcept {
    Fd out(out_fd), err(err_fd);  // first: the descriptors are ours from here on
    run(table, op, [&](Runtime& r, Operation o) {
      r.show_output(std::move(o), instance, std::move(out), std::move(err));
    });
  }
  static void resize(rt* table, const char* instance, std::uint16_t rows,
                     std::uint16_t columns) noexcept {
    tell(table, "cannot resize", [&](Runtime& r) { r.resize(instance, rows, columns); });
  }
  static void signal(rt* table, std::uint64_t op, const char* instance, const char* name) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.signal(std::move(o), instance, name); });
  }
  static void stats(rt* table, std::uint64_t op, const char* instance) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.stats(std::move(o), instance); });
  }
  static void list(rt* table, std::uint64_t op) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.list(std::move(o)); });
  }
  static void validate(rt* table, std::uint64_t op, const consort_task* task) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.validate(std::move(o), Task(*task)); });
  }
  static void fingerprint(rt* table, std::uint64_t op) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.fingerprint(std::move(o)); });
  }
  static void prepare(rt* table, std::uint64_t op, const char* project) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.prepare_project(std::move(o), project); });
  }
  static void release(rt* table, std::uint64_t op, const char* options) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.release_project(std::move(o), options); });
  }
  static void pull_images(rt* table, std::uint64_t op, const char* project) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.pull_images(std::move(o), project); });
  }
  static void build_images(rt* table, std::uint64_t op, const char* project) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.build_images(std::move(o), project); });
  }
  static void list_images(rt* table, std::uint64_t op) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.list_images(std::move(o)); });
  }
  static void create_task(rt* table, std::uint64_t op, const consort_task* task) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.create(std::move(o), Task(*task)); });
  }
  static void pause(rt* table, std::uint64_t op, const char* instance) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.pause(std::move(o), instance); });
  }
  static void resume(rt* table, std::uint64_t op, const char* instance) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.resume(std::move(o), instance); });
  }
  static void top(rt* table, std::uint64_t op, const char* instance) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.top(std::move(o), instance); });
  }
  static void look(rt* table, std::uint64_t op, const char* instance, const char* path) noexcept {
    run(table, op, [&](Runtime& r, Operation o) { r.look(std::move(o), instance, path); });
  }
  static void read_files(rt* table, std::uint64_t op, const char* instance, const char* path,
                         int fd) noexcept {
    Fd out(fd);  // first: the descriptor is ours from here on
    run(table, op, [&](Runtime& r, Operation o) {
      r.read_files(std::move(o), instance, path, std::move(out));
    });
  }
  static void write_files(rt* table, std::uint64_t op, const char* instance, const char* path,
                          int fd) noexcept {
    Fd in(fd);
    run(table, op, [&](Runtime& r, Operation o) {
      r.write_files(std::move(o), instance, path, std::move(in));
    });
  }
  static void logs_resume(rt* table, const char* instance) noexcept {
    tell(table, "cannot resume the logs", [&](Runtime& r) { r.logs_resume(instance); });
  }
  static void answered(rt* table, std::uint64_t prompt, std::int32_t answer,
                       const char* given) noexcept {
    tell(table, "cannot take an answer",
         [&](Runtime& r) { r.answered(prompt, static_cast<consort_answer>(answer), text(given)); });
  }
  static void trust(rt* table, std::uint64_t op, const char* host,
                    const char* fingerprint) noexcept {
    run(table, op,
        [&](Runtime& r, Operation o) { r.trust(std::move(o), host, text(fingerprint)); });
  }
  static void environment_changed(rt* table, const char* environment) noexcept {
    tell(table, "cannot take the environment",
         [&](Runtime& r) { r.environment_changed(environment); });
  }

  // Only what the descriptor declares is there.
  static const void* get_extension(rt* table, const char* id) noexcept {
    static constexpr consort_exec_v1 exec_v1{sizeof(consort_exec_v1), exec, exec_resize,
                                             exec_cancel};
    static constexpr consort_attach_v1 attach_v1{sizeof(consort_attach_v1), open_stdin, close_stdin,
                                                 resize, show_output};
    static constexpr consort_signal_v1 signal_v1{sizeof(consort_signal_v1), signal};
    static constexpr consort_stats_v1 stats_v1{sizeof(consort_stats_v1), stats};
    static constexpr consort_list_v1 list_v1{sizeof(consort_list_v1), list};
    static constexpr consort_validate_v1 validate_v1{sizeof(consort_validate_v1), validate};
    static constexpr consort_fingerprint_v1 fingerprint_v1{sizeof(consort_fingerprint_v1),
                                                           fingerprint};
    static constexpr consort_project_v1 project_v1{sizeof(consort_project_v1), prepare, release};
    static constexpr consort_images_v1 images_v1{sizeof(consort_images_v1), pull_images,
                                                 build_images, list_images};
    static constexpr consort_create_v1 create_v1{sizeof(consort_create_v1), create_task};
    static constexpr consort_pause_v1 pause_v1{sizeof(consort_pause_v1), pause, resume};
    static constexpr consort_top_v1 top_v1{sizeof(consort_top_v1), top};
    static constexpr consort_copy_v1 copy_v1{sizeof(consort_copy_v1), look, read_files,
                                             write_files};
    static constexpr consort_logs_source_v1 logs_v1{sizeof(consort_logs_source_v1), logs_resume};
    static constexpr consort_prompt_v1 prompt_v1{sizeof(consort_prompt_v1), answered};
    static constexpr consort_trust_v1 trust_v1{sizeof(consort_trust_v1), trust};
    static constexpr consort_environment_v1 environment_v1{sizeof(consort_environment_v1),
                                                           environment_changed};
    const struct {
      const char* id;
      const void* table;
    } all[] = {{CONSORT_EXT_EXEC, &exec_v1},
               {CONSORT_EXT_ATTACH, &attach_v1},
               {CONSORT_EXT_SIGNAL, &signal_v1},
               {CONSORT_EXT_STATS, &stats_v1},
               {CONSORT_EXT_LIST, &list_v1},
               {CONSORT_EXT_VALIDATE, &validate_v1},
               {CONSORT_EXT_FINGERPRINT, &fingerprint_v1},
               {CONSORT_EXT_PROJECT, &project_v1},
               {CONSORT_EXT_IMAGES, &images_v1},
               {CONSORT_EXT_CREATE, &create_v1},
               {CONSORT_EXT_PAUSE, &pause_v1},
               {CONSORT_EXT_TOP, &top_v1},
               {CONSORT_EXT_COPY, &copy_v1},
               {CONSORT_EXT_LOGS, &logs_v1},
               {CONSORT_EXT_PROMPT, &prompt_v1},
               {CONSORT_EXT_TRUST, &trust_v1},
               {CONSORT_EXT_ENVIRONMENT, &environment_v1}};
    for (const char* const* feature = of(table).features_; *feature != nullptr; ++feature) {
      if (std::strcmp(*feature, id) != 0) continue;
      for (const auto& extension : all) {
        if (std::strcmp(extension.id, id) == 0) return extension.table;
      }
    }
    return nullptr;
  }
};

}  // namespace consort::detail
