// A runtime that does what its argv says, good or bad; for the tests of the host.
#include <fcntl.h>
#include <sys/eventfd.h>

#include <consort/runtime.hpp>
#include <map>
#include <stdexcept>
#include <vector>

#include "shared_statics.h"

using consort::Operation, consort::Task, std::string_view;

namespace {

// Declares an extension id that no host of this version knows, beside the known ones.
constexpr const char* future_extension = "consort.future/7";

void block_until_writer_opens(string_view fifo) {
  consort::Fd(::open(std::string(fifo).c_str(), O_RDONLY | O_CLOEXEC));
}

void raw_complete(const consort::Host& host, std::uint64_t op, const char* handle,
                  std::uint32_t size) {
  // More than the host knows of, as a newer plugin's would be, or less, as an older one's.
  struct {
    consort_result known;
    char later[64];
  } result{};
  result.known.size = size != 0 ? size : sizeof result;
  result.known.handle = handle;
  result.known.pid = 99;
  host.raw()->complete(host.raw(), op, &result.known);
}

class Probe : public consort::Runtime {
 public:
  using Runtime::Runtime;
  ~Probe() override {
    for (std::thread& thread : threads_) thread.join();
  }

  void init(string_view config) override {
    config_ = config;
    if (config.find("\"refuse\"") != string_view::npos) {
      throw consort::Error(CONSORT_E_RETRY, "the backend is on holiday");
    }
    if (config.find("\"throw\"") != string_view::npos) throw std::runtime_error("init threw");
    if (const auto at = config.find("\"block\":\""); at != string_view::npos) {
      const auto path = config.substr(at + 9);
      block_until_writer_opens(path.substr(0, path.find('"')));
    }
    if (host().raw()->get_extension(host().raw(), future_extension) != nullptr) {
      throw std::runtime_error("the host has an extension that it cannot know");
    }
  }

  void start(Operation op, const Task& task) override {
    const std::string name(task.instance);
    const string_view what = task.argv.empty() ? "" : task.argv[0];
    const string_view how = task.argv.size() > 1 ? task.argv[1] : "";
    if (what == "throw") throw std::runtime_error("start threw on purpose");
    if (what == "throw-error") throw consort::Error(CONSORT_E_INVALID, "a bad setting");
    if (what == "throw-number") throw 42;
    if (what == "throw-kept") {
      kept_.push_back(std::move(op));
      throw std::runtime_error("threw after it was kept");
    }
    if (what == "throw-late") {
      op.started("late");
      throw std::runtime_error("threw after it was complete");
    }
    if (what == "drop") return;
    if (what == "drop-later") {
      kept_.push_back(std::move(op));
      reactor().after(std::chrono::milliseconds(1), [this] { kept_.clear(); });
      return;
    }
    if (what == "keep") return kept_.push_back(std::move(op));
    if (what == "twice") {
      const std::uint64_t id = op.id();
      op.started("first");
      return raw_complete(host(), id, "second", 0);
    }
    if (what == "twice-wrapped") {
      op.started("first");
      return op.fail(CONSORT_E_FAILED, "second");
    }
    if (what == "stray") raw_complete(host(), 999999, "stray", 0);
    if (what == "large") {
      raw_complete(host(), op.id(), "large", 0);
      return kept_.push_back(std::move(op));
    }
    if (what == "small") {
      raw_complete(host(), op.id(), "small", offsetof(consort_result, pid));
      return kept_.push_back(std::move(op));
    }
    if (what == "exit-first") {
      // From another thread, before the start completes, twice.
      std::thread([&] {
        host().exited(name, consort::Exit::with_code(7));
        host().exited(name, consort::Exit::with_code(8));
      }).join();
      return op.started("short");
    }
    if (what == "exit-then-fail") {
      host().exited(name, consort::Exit::with_code(7));
      return op.fail(CONSORT_E_FAILED, "it ended at once");
    }
    if (what == "block") block_until_writer_opens(how);
    if (what == "long-handle") return op.started(std::string(5000, 'h'));
    if (what == "bad-text") return op.fail(CONSORT_E_FAILED, "bad \xff text");
    if (what == "sick") host().health(CONSORT_E_RETRY, "the engine is gone");
    if (what == "well") host().health(CONSORT_OK);
    if (what == "far") host().instance_reach(name, CONSORT_E_RETRY, "no route to host");
    if (what == "near") host().instance_reach(name, CONSORT_OK);
    if (what == "halted") {
      host().instance_paused(name, true);
      host().instance_paused(name, false);
    }
    if (what == "progress") {
      host().progress(name, "pulling \"it\"");
      host().raw()->event(host().raw(), name.c_str(), "not json");
    }
    if (what == "config") return op.started(config_);
    if (what == "task") {
      std::string text(task.service);
      text += "|" + std::to_string(task.index) + "|" + std::string(task.working_dir);
      for (const char* argument : task.argv) text += std::string("|") + argument;
      for (const char* variable : task.env) text += std::string("|") + variable;
      text += "|" + std::string(task.stop_signal) + "|" + std::to_string(task.stop_grace.count());
      return op.started(text + "|" + std::string(task.service_json));
    }
    if (what == "thread") {
      return threads_.emplace_back([op = std::move(op)]() mutable { op.started("threaded"); }),
             void();
    }
    if (what == "exit-in-timer") {
      reactor().after(std::chrono::milliseconds(1),
                      [this, name] { host().exited(name, consort::Exit::by_signal(9)); });
    }
    if (what == "ask" || what == "confirm") {
      const auto number = static_cast<std::uint64_t>(std::stoi(std::string(how)));
      asking_.emplace(number, std::move(op));
      // From another thread, as a plugin with a thread for each host does.
      std::thread([&] {
        host().ask(number, what == "ask" ? CONSORT_PROMPT_SECRET : CONSORT_PROMPT_CONFIRM, name,
                   "Passphrase \xff");
      }).join();
      return;
    }
    if (what == "withdraw") {
      host().cancel_prompt(static_cast<std::uint64_t>(std::stoi(std::string(how))));
      host().cancel_prompt(999);
    }
    if (what == "environment") return op.started(environment_);
    if (what == "records") {
      const auto stored = logs_.write_records(name, "one\ntwo\nthree\n", "7:", 100);
      return op.started(logs_.last_cursor(name) + " " + std::to_string(stored));
    }
    if (what == "log") return log_lines(std::move(op), name);
    op.started("handle of " + name, 1234);
  }

  void attach(Operation op, const Task&, string_view handle) override {
    if (handle == "running") return op.running(77);
    if (handle == "exited") return op.exited(consort::Exit::with_code(3));
    if (handle == "retry") return op.fail(CONSORT_E_RETRY, "the engine does not answer");
    if (handle == "future") {
      consort_result result{};
      result.size = sizeof result;
      result.state = 42;
      host().raw()->complete(host().raw(), op.id(), &result);
      return kept_.push_back(std::move(op));
    }
    op.gone();
  }
  void stop(Operation op, string_view name, string_view signal,
            std::chrono::milliseconds grace) override {
    host().exited(name, consort::Exit::unknown("stopped by '" + std::string(signal) + "' in " +
                                               std::to_string(grace.count()) + " ms"));
    op.ok();
  }
  void inspect(Operation op, string_view) override { op.gone(); }
  void remove(Operation op, string_view, bool force) override {
    force ? op.ok() : op.fail(CONSORT_E_DENIED, "not yours");
  }

  // Echoes stdin to stdout for "cat"; waits for its cancel for "wait"; else exits with argv's code.
  void exec(Operation op, string_view, consort::Exec exec) override {
    if (exec.argv[0] == "wait") {
      executing_.emplace(op.id(), std::move(op));
      return;
    }
    if (exec.argv[0] == "cat") {
      char bytes[4096];
      for (ssize_t n; (n = ::read(exec.in.get(), bytes, sizeof bytes)) > 0;) {
        if (::write(exec.out.get(), bytes, static_cast<std::size_t>(n)) != n) break;
      }
      return op.exit_code(0);
    }
    op.exit_code(std::stoi(std::string(exec.argv[0])));
  }
  void exec_resize(std::uint64_t op, std::uint16_t rows, std::uint16_t columns) override {
    if (const auto it = executing_.find(op); it != executing_.end()) {
      it->second.exit_code(rows * 100 + columns);
      executing_.erase(it);
    }
  }
  void exec_cancel(std::uint64_t op) override {
    host().log(CONSORT_LOG_INFO, "exec cancelled");
    executing_.erase(op);
  }
  void open_stdin(Operation op, string_view) override {
    op.descriptor(consort::Fd(::open("/dev/null", O_WRONLY | O_CLOEXEC)));
  }
  void show_output(Operation op, string_view, consort::Fd out, consort::Fd) override {
    ::dprintf(out.get(), "shown");
    op.ok();
  }
  void signal(Operation op, string_view, string_view name) override {
    name == "SIGHUP" ? op.ok() : op.fail(CONSORT_E_INVALID, "no such signal");
  }
  void stats(Operation op, string_view) override { op.json(R"({"pids": 3})"); }
  void list(Operation op) override {
    op.json(R"([{"instance": "a", "running": true}, {"instance": "b", "running": false}])");
  }
  void validate(Operation op, const Task&) override {
    op.json(R"([{"pointer": "/binary", "message": "is missing"}])");
  }
  void fingerprint(Operation op) override {
    op.json(R"({"summary": "a probe", "facts": {"statics": ")" + std::to_string(++counter<int>) +
            R"("}, "problems": [{"message": "none", "advice": "rest"}]})");
  }
  void pull_images(Operation op, string_view project) override {
    op.json(R"([{"service": "web", "message": )" + consort::json_quote(project) + "}]");
  }
  void build_images(Operation op, string_view) override { op.json("[]"); }
  void list_images(Operation op) override { op.json(R"([{"instance": "a", "bytes": 7}])"); }
  void answered(std::uint64_t prompt, consort_answer answer, string_view text) override {
    if (const auto it = asking_.find(prompt); it != asking_.end()) {
      if (answer == CONSORT_ANSWER_NOBODY) {
        it->second.fail(CONSORT_E_DENIED, "nobody answers");
      } else if (answer == CONSORT_ANSWER_REFUSED) {
        it->second.fail(CONSORT_E_DENIED, "refused");
      } else if (text == "wrong") {
        it->second.fail(CONSORT_E_DENIED, "wrong passphrase");
      } else {
        it->second.started(text);
      }
      asking_.erase(it);
    } else {
      host().log(CONSORT_LOG_ERROR, "an answer to what was not asked");
    }
  }
  void trust(Operation op, string_view name, string_view fingerprint) override {
    if (name == "nowhere") return op.fail(CONSORT_E_FAILED, "cannot reach nowhere");
    op.json("{\"host\": " + consort::json_quote(name) +
            ", \"fingerprint\": " + consort::json_quote(fingerprint) + "}");
  }
  void environment_changed(string_view json) override { environment_ = json; }
  void logs_resume(string_view instance) override {
    if (const auto it = writers_.find(instance); it != writers_.end() && it->second.writer.end()) {
      it->second.op.started(logs_.last_cursor(instance));
      writers_.erase(it);
    }
  }

 private:
  struct Writer {
    consort::LineWriter writer;
    Operation op;
  };
  // Two lines and an end without a newline; the start completes when all are stored.
  void log_lines(Operation op, const std::string& name) {
    auto [it, added] = writers_.emplace(
        name, Writer{consort::LineWriter(logs_, name, CONSORT_STDERR), std::move(op)});
    it->second.writer.write("one\ntwo\nthr");
    it->second.writer.write("ee");
    logs_resume(name);
  }

  std::string config_;
  std::string environment_;
  std::vector<Operation> kept_;
  std::map<std::uint64_t, Operation> asking_;
  std::map<std::uint64_t, Operation> executing_;
  consort::LogSink logs_{host()};
  std::map<std::string, Writer, std::less<>> writers_;
  std::vector<std::thread> threads_;
};

}  // namespace

#ifdef PROBE_IS_BARE
CONSORT_RUNTIME(Probe, PROBE_NAME, "1.0")
#else
CONSORT_RUNTIME(Probe, PROBE_NAME, "1.0", CONSORT_EXT_EXEC, CONSORT_EXT_ATTACH, CONSORT_EXT_SIGNAL,
                CONSORT_EXT_STATS, CONSORT_EXT_LIST, CONSORT_EXT_VALIDATE, CONSORT_EXT_FINGERPRINT,
                CONSORT_EXT_IMAGES, CONSORT_EXT_LOGS, CONSORT_EXT_PROMPT, CONSORT_EXT_TRUST,
                CONSORT_EXT_ENVIRONMENT, "consort.future/7")
#endif
