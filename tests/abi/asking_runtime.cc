// A runtime that asks the person before it starts anything, as its argv says: {"secret"} or
// {"confirm"}; the answer "wrong" is a wrong one. {"agent"} fails and tells SSH_AUTH_SOCK.
#include <consort/runtime.hpp>
#include <map>
#include <set>
#include <string>

using consort::Operation, consort::Task, std::string_view;

namespace {

class Asking : public consort::Runtime {
 public:
  using Runtime::Runtime;

  void init(string_view config) override { environment_ = config; }
  void environment_changed(string_view environment) override { environment_ = environment; }

  void start(Operation op, const Task& task) override {
    const string_view what = task.argv[0];
    if (what == "agent") {
      const string_view key = "\"SSH_AUTH_SOCK\":\"";
      const auto at = environment_.find(key) + key.size();
      throw consort::Error(
          CONSORT_E_INVALID,
          "the agent is " + environment_.substr(at, environment_.find('"', at) - at));
    }
    const auto prompt = next_++;
    asked_.emplace(prompt, Asked{std::move(op), std::string(task.instance)});
    host().ask(prompt, what == "confirm" ? CONSORT_PROMPT_CONFIRM : CONSORT_PROMPT_SECRET,
               task.instance, "Passphrase of \x1b[2Jnothing");
  }
  void answered(std::uint64_t prompt, consort_answer answer, string_view text) override {
    auto asked = std::move(asked_.extract(prompt).mapped());
    if (answer == CONSORT_ANSWER_NOBODY) {
      asked.op.fail(CONSORT_E_INVALID, "nobody answers");
    } else if (answer == CONSORT_ANSWER_REFUSED) {
      asked.op.fail(CONSORT_E_INVALID, "the person refused");
    } else if (text == "open sesame" || text == "yes") {
      running_.insert(asked.instance);
      asked.op.started(asked.instance);
    } else {
      asked.op.fail(CONSORT_E_INVALID, "the answer is wrong");
    }
  }
  void attach(Operation op, const Task& task, string_view) override {
    if (running_.count(std::string(task.instance)) != 0) return op.running();
    op.gone();
  }
  void stop(Operation op, string_view instance, string_view, std::chrono::milliseconds) override {
    if (running_.erase(std::string(instance)) != 0) {
      host().exited(instance, consort::Exit::with_code(0));
    }
    op.ok();
  }
  void inspect(Operation op, string_view instance) override {
    running_.count(std::string(instance)) != 0 ? op.running() : op.gone();
  }
  void remove(Operation op, string_view instance, bool) override {
    stop(std::move(op), instance, "", {});
  }

 private:
  struct Asked {
    Operation op;
    std::string instance;
  };
  std::string environment_;
  std::map<std::uint64_t, Asked> asked_;
  std::uint64_t next_ = 1;
  std::set<std::string> running_;
};

}  // namespace

CONSORT_RUNTIME(Asking, "asking", "1.0", CONSORT_EXT_PROMPT, CONSORT_EXT_ENVIRONMENT)
