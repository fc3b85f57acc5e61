// A runtime that takes its process along in what CONSORT_TEST_CRASH_IN names, by
// CONSORT_TEST_CRASH: "abort", "exit", "overflow" (of the stack) or "hang". Else all of its
// instances run, forever.
#include <pthread.h>
#include <unistd.h>

#include <consort/runtime.hpp>
#include <cstdlib>

using consort::Operation, consort::Task, std::string_view;

namespace {

int overflow(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : overflow(depth + 1) + frame[0];
}

void crash_in(string_view what) {
  const char* where = std::getenv("CONSORT_TEST_CRASH_IN");
  const char* how = std::getenv("CONSORT_TEST_CRASH");
  if (where == nullptr || what != where) return;
  if (how == string_view("exit")) ::_exit(0);
  if (how == string_view("overflow")) overflow(0);
  if (how == string_view("hang")) ::pause();
  std::abort();
}

class Crashing : public consort::Runtime {
 public:
  using Runtime::Runtime;
  void init(string_view) override { crash_in("init"); }
  void start(Operation op, const Task& task) override {
    crash_in("start");
    op.started(task.instance);
  }
  void attach(Operation op, const Task&, string_view) override {
    crash_in("attach");
    op.running();
  }
  void stop(Operation op, string_view instance, string_view, std::chrono::milliseconds) override {
    crash_in("stop");
    host().exited(instance, consort::Exit::with_code(0));
    op.ok();
  }
  void inspect(Operation op, string_view) override { op.running(); }
  void remove(Operation op, string_view, bool) override { op.ok(); }
  void fingerprint(Operation op) override {
    crash_in("fingerprint");
    op.json(R"({"summary": "as fit as ever"})");
  }
};

}  // namespace

CONSORT_RUNTIME(Crashing, "crashing", "1.0", CONSORT_EXT_FINGERPRINT)
