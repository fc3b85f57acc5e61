#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "core/base/file.h"
#include "core/base/result.h"
#include "core/model/event.h"
#include "core/model/project.h"

// A runtime as the core sees it: the C ABI of sdk/include/consort/runtime.h turned into awaitables.
// The engine depends on this interface only; tests give it a fake.
namespace consort::runtime {

namespace asio = boost::asio;
using base::Result;

// One instance to run. `environment` is complete: the inherited one with the service's on top.
struct Task {
  std::string instance;
  std::string project;
  std::uint32_t index = 1;
  std::string instance_dir;
  model::Service service;
  std::map<std::string, std::string> environment;
  bool fresh = false;    // it replaces another: nothing of an earlier instance is used again
  bool one_off = false;  // of `run`
};

struct Started {
  std::string handle;
  std::int64_t pid = 0;
  std::vector<model::PublishedPort> ports;  // that the runtime has chosen; none: as the service's
  std::string command;                      // that runs; "": as the service's
};

enum class Presence { gone, running, exited };
struct Attached {
  Presence presence = Presence::gone;
  std::int64_t pid = 0;
  std::optional<model::ExitInfo> exit;      // if exited
  std::vector<model::PublishedPort> ports;  // as of a start
  std::string command;                      // as of a start
};

struct ExecRequest {
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // "K=V", added to the service's
  std::string working_dir;               // "" = the service's
  std::string user;                      // "" = the service's
  bool tty = false;
  std::uint16_t rows = 0;
  std::uint16_t columns = 0;
  bool privileged = false;
  base::Fd in, out, err;     // given to the runtime; none: nothing is read, output is discarded
  base::Duration timeout{};  // 0: none; overdue: the tree is killed and the code is 124
};

enum class Removal {
  ended,         // of one that has ended
  forced,        // also if it runs
  with_volumes,  // also if it runs, and with the volumes that are its own
};

// What a check before the start found: a JSON pointer into the service and a sentence.
struct Finding {
  std::string pointer;
  std::string message;
};

// What a runtime could not make for a service, and why.
struct ServiceProblem {
  std::string service;
  std::string message;
};

// What came of a preparation.
struct Prepared {
  std::vector<ServiceProblem> problems;
  std::map<std::string, std::string> outdated;  // instance: why it is to be replaced
};

struct Fingerprint {
  std::string summary;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::pair<std::string, std::string>> problems;  // message, advice
};

// Something that a runtime asks the person (consort.prompt/1).
struct Question {
  std::uint64_t number = 0;  // the runtime's own
  bool secret = true;        // else yes or no
  std::string instance;      // what waits for the answer, "" if none
  std::string message;
};
struct Answer {
  enum class Kind { given, nobody, refused };  // nobody: no command is there that could ask
  Kind kind = Kind::nobody;
  std::string text{};  // a secret, or "yes" or "no"
};

// What a runtime tells on its own. Called on the core's thread.
class DriverSink {
 public:
  virtual ~DriverSink() = default;
  // Exactly once per instance, after its start or attach completed.
  virtual void exited(const std::string& instance, const model::ExitInfo& exit) = 0;
  virtual void progress(const std::string& instance, const std::string& message) = 0;
  // The backend came or went: "" when it can be used, else why not.
  virtual void health(const std::string& runtime, const std::string& problem) = 0;
  // The health of an instance that its runtime checks itself; `message` says why it is unhealthy.
  virtual void instance_health(const std::string& instance, model::Health health,
                               const std::string& message) = 0;
  // Whether the runtime can say how this instance is: "" when it can, else why not.
  virtual void instance_reach(const std::string& instance, const std::string& problem) = 0;
  // An instance is halted, or goes on, by whoever's hand.
  virtual void instance_paused(const std::string& instance, bool paused) = 0;
  // It asks; Driver::answer(question.number) is owed, exactly once, unless it is withdrawn.
  virtual void asked(const std::string& runtime, const Question& question) = 0;
  virtual void withdrawn(const std::string& runtime, std::uint64_t question) = 0;
};

// A runtime in use. All calls on the core's thread; each awaitable completes on it.
// An error of kind `unavailable` is the ABI's RETRY: nothing is known and nothing was destroyed.
class Driver {
 public:
  virtual ~Driver() = default;
  virtual const std::string& name() const = 0;
  virtual bool has(std::string_view feature) const = 0;  // "consort.exec/1"

  virtual asio::awaitable<Result<Started>> start(Task task) = 0;
  virtual asio::awaitable<Result<Attached>> attach(Task task, std::string handle) = 0;
  // signal "" = the service's own.
  virtual asio::awaitable<Result<void>> stop(std::string instance, std::string signal,
                                             base::Duration grace) = 0;
  virtual asio::awaitable<Result<void>> remove(std::string instance, Removal how) = 0;

  // Optional: of kind `unsupported` where the plugin has no such extension.
  virtual asio::awaitable<Result<std::vector<Finding>>> validate(Task task) = 0;
  virtual asio::awaitable<Result<int>> exec(std::string instance, ExecRequest request,
                                            std::function<void(std::uint64_t)> started) = 0;
  virtual void exec_resize(std::uint64_t exec, std::uint16_t rows, std::uint16_t columns) = 0;
  virtual void exec_cancel(std::uint64_t exec) = 0;
  virtual asio::awaitable<Result<base::Fd>> open_stdin(std::string instance) = 0;
  virtual asio::awaitable<Result<void>> close_stdin(std::string instance) = 0;
  // Its output as it comes, to be closed at its end; of kind `unsupported`: only its log has it.
  virtual asio::awaitable<Result<void>> show_output(std::string instance, base::Fd out,
                                                    base::Fd err) = 0;
  virtual void resize(std::string instance, std::uint16_t rows, std::uint16_t columns) = 0;
  virtual asio::awaitable<Result<void>> signal(std::string instance, std::string signal) = 0;
  virtual asio::awaitable<Result<boost::json::object>> stats(std::string instance) = 0;
  virtual asio::awaitable<Result<std::vector<std::pair<std::string, bool>>>> list() = 0;
  virtual asio::awaitable<Result<Fingerprint>> fingerprint() = 0;
  // What services share, of consort.project/1; see there for both objects.
  virtual asio::awaitable<Result<Prepared>> prepare(boost::json::object project) = 0;
  virtual asio::awaitable<Result<void>> release(boost::json::object options) = 0;
  // Images, of consort.images/1; see there for all three.
  virtual asio::awaitable<Result<std::vector<ServiceProblem>>> pull_images(
      boost::json::object project) = 0;
  virtual asio::awaitable<Result<std::vector<ServiceProblem>>> build_images(
      boost::json::object project) = 0;
  virtual asio::awaitable<Result<boost::json::array>> images() = 0;
  // The answer to a question that it asked.
  virtual void answer(std::uint64_t question, Answer answer) = 0;
  // Commands come from another environment now; see consort.environment/1.
  virtual void change_environment(boost::json::object environment) = 0;
  // Looks at the key of a host, and with a fingerprint records it; see consort.trust/1.
  virtual asio::awaitable<Result<boost::json::object>> trust(std::string host,
                                                             std::string fingerprint) = 0;
  virtual asio::awaitable<Result<void>> create(Task task) = 0;
  virtual asio::awaitable<Result<void>> pause(std::string instance) = 0;
  virtual asio::awaitable<Result<void>> unpause(std::string instance) = 0;
  // Objects, of consort.top/1 and consort.copy/1; see there.
  virtual asio::awaitable<Result<boost::json::object>> top(std::string instance) = 0;
  virtual asio::awaitable<Result<boost::json::object>> look(std::string instance,
                                                            std::string path) = 0;
  virtual asio::awaitable<Result<void>> read_files(std::string instance, std::string path,
                                                   base::Fd to) = 0;
  virtual asio::awaitable<Result<void>> write_files(std::string instance, std::string path,
                                                    base::Fd from) = 0;
};

}  // namespace consort::runtime
