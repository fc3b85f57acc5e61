#include <dlfcn.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <boost/json.hpp>
#include <consort/runtime.hpp>

#include "plugins/ssh/exit_file.h"
#include "plugins/ssh/gather.h"
#include "plugins/ssh/hosts.h"
#include "plugins/ssh/launch.h"
#include "plugins/ssh/library.h"
#include "plugins/ssh/origin.h"
#include "plugins/ssh/owed_hosts.h"
#include "plugins/ssh/person.h"
#include "plugins/ssh/release.h"
#include "plugins/ssh/report.h"

namespace consort::ssh {
namespace {

namespace json = boost::json;
using OperationPtr = std::shared_ptr<Operation>;

// The shim lies beside the directory of the plugins: .../consort/runtimes/../consort-shim.
std::string shim_beside_plugin() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&shim_beside_plugin), &info) == 0) return {};
  return std::filesystem::canonical(info.dli_fname).parent_path().parent_path() / "consort-shim";
}

// Completes an operation with what `work`, a coroutine, throws; if it throws nothing it has
// completed it itself.
template <class Work>
Async<void> guarded(OperationPtr op, Work work) {
  try {
    co_await work(*op);
  } catch (const Error& e) {
    op->fail(e.status(), e.what());
  } catch (const std::exception& e) {
    op->fail(CONSORT_E_EXCEPTION, e.what());
  }
}

class RemoteRuntime final : public Runtime {
 public:
  using Runtime::Runtime;

  void init(std::string_view config_json) override {
    use_library();
    const json::object config = json::parse(config_json).as_object();
    const std::string state_dir(config.at("state_dir").as_string());
    person_ = std::make_shared<Person>(environment_of(config));
    folder_ = std::string(config.at("project").as_string()) + "-" + origin(state_dir + "/origin");
    prompts_ = std::make_shared<Prompts>(host());
    shim_ = std::make_shared<const ShimProgram>(read_shim(shim_beside_plugin()));
    owed_ = std::make_unique<OwedHosts>(state_dir + "/hosts.json");
    const auto make = [this](asio::any_io_executor executor, const HostRequest& host,
                             Hosts::Forgotten forgotten) {
      return std::make_shared<Place>(
          this->host(), executor, [person = person_, host] { return person->find(host); }, shim_,
          prompts_, folder_, std::move(forgotten));
    };
    hosts_ = std::make_unique<Hosts>(make);
  }

  void start(Operation op, const Task& task) override {
    Launch launch = launch_of(task, limits_);
    if (!launch.obstacles.empty()) return refuse(op, launch);
    owed_->add(launch.host);
    HostThread& host = hosts_->of(launch.host, launch.instance);
    run(host, std::move(op),
        [launch = std::move(launch)](Place& place, Operation& done) mutable -> Async<void> {
          co_await place.start(std::move(launch));
          done.started("");
        });
  }

  void attach(Operation op, const Task& task, std::string_view) override {
    Launch launch = launch_of(task, limits_);
    if (!launch.obstacles.empty()) return refuse(op, launch);
    HostThread& host = hosts_->of(launch.host, launch.instance);
    run(host, std::move(op),
        [launch = std::move(launch)](Place& place, Operation& done) mutable -> Async<void> {
          const std::string id = launch.instance;
          const std::string word = co_await place.attach(std::move(launch));
          answer(place, id, word, done);
        });
  }

  void stop(Operation op, std::string_view instance, std::string_view signal,
            std::chrono::milliseconds grace) override {
    HostThread* host = hosts_->find(instance);
    if (host == nullptr) return op.ok();
    const int number = signal.empty() ? 0 : signal_number(signal);
    if (!signal.empty() && number == 0) return no_such_signal(op, signal);
    run(*host, std::move(op),
        [id = std::string(instance), number, grace](Place& place, Operation& done) -> Async<void> {
          co_await place.stop(id, number, grace);
          done.ok();
        });
  }

  void inspect(Operation op, std::string_view instance) override {
    HostThread* host = hosts_->find(instance);
    if (host == nullptr) return op.gone();
    run(*host, std::move(op),
        [id = std::string(instance)](Place& place, Operation& done) -> Async<void> {
          const auto known = place.find(id);
          if (!known) {
            done.gone();
            co_return;
          }
          const std::string word = co_await known->state(std::chrono::seconds(5));
          answer(place, id, word, done);
        });
  }

  void remove(Operation op, std::string_view instance, bool force) override {
    HostThread* host = hosts_->find(instance);
    if (host == nullptr) return op.ok();
    run(*host, std::move(op),
        [id = std::string(instance), force](Place& place, Operation& done) -> Async<void> {
          if (force) co_await place.stop(id, SIGKILL, std::chrono::milliseconds(0));
          co_await place.remove(id);
          done.ok();
        });
  }

  void exec(Operation op, std::string_view instance, Exec request) override {
    HostThread* host = hosts_->find(instance);
    if (host == nullptr) throw Error(CONSORT_E_NOT_FOUND, "cannot execute: it does not run");
    if (!request.user.empty()) {
      throw Error(CONSORT_E_UNSUPPORTED, "cannot execute as " + std::string(request.user) +
                                             ": a remote service runs as the user of its host");
    }
    if (request.privileged) {
      throw Error(CONSORT_E_UNSUPPORTED,
                  "runtime remote has no --privileged: a command has the rights of its user");
    }
    const std::uint64_t number = op.id();
    // The rest of the order needs the service's records, which are the host's thread's.
    auto order = std::make_shared<ExecOrder>();
    *order = {exec_records(request),  std::move(request.in), std::move(request.out),
              std::move(request.err), request.tty,           request.timeout};
    run(*host, std::move(op),
        [id = std::string(instance), order, number](Place& place, Operation& done) -> Async<void> {
          const auto known = place.find(id);
          if (!known) throw Error(CONSORT_E_NOT_FOUND, "cannot execute: it does not run");
          order->records = with_service(std::move(order->records), known->launch().records);
          const int code = co_await place.execute(id, std::move(*order), number);
          done.exit_code(code);
        });
  }

  void exec_resize(std::uint64_t op, std::uint16_t rows, std::uint16_t columns) override {
    with_execution(op, [rows, columns](Execution& one) { one.resize(rows, columns); });
  }

  void exec_cancel(std::uint64_t op) override {
    with_execution(op, [](Execution& one) { one.cancel(); });
  }

  void open_stdin(Operation op, std::string_view instance) override {
    run(hosts_->need(instance), std::move(op),
        [id = std::string(instance)](Place& place, Operation& done) -> Async<void> {
          Fd fd = co_await place.open_input(id);
          done.descriptor(std::move(fd));
        });
  }

  void close_stdin(Operation op, std::string_view instance) override {
    order(std::move(op), instance, "close its stdin", "close_stdin", {});
  }

  void resize(std::string_view instance, std::uint16_t rows, std::uint16_t columns) override {
    HostThread* host = hosts_->find(instance);
    if (host == nullptr) return;
    host->spawn([id = std::string(instance), rows, columns](Place& place) -> Async<void> {
      try {
        std::vector<std::string> size{std::to_string(rows), std::to_string(columns)};
        co_await place.ask("resize it", "resize", id, std::move(size));
      } catch (const Error&) {  // it may have ended meanwhile
      }
    });
  }

  void signal(Operation op, std::string_view instance, std::string_view signal) override {
    const int number = signal_number(signal);
    if (number == 0) return no_such_signal(op, signal);
    order(std::move(op), instance, "signal it", "signal", {std::to_string(number)});
  }

  void stats(Operation op, std::string_view instance) override {
    run(hosts_->need(instance), std::move(op),
        [id = std::string(instance)](Place& place, Operation& done) -> Async<void> {
          std::vector<std::string> none;
          const std::string usage = co_await place.ask("measure it", "stats", id, std::move(none));
          done.json(stats_of(usage));
        });
  }

  void list(Operation op) override {
    const auto ask = [](Place& place, json::array& found) -> Async<void> {
      const std::string lines = co_await place.list();
      add_listed(lines, found);
    };
    const auto merge = [](json::array& all, json::array part) {
      for (auto& one : part) all.push_back(std::move(one));
    };
    // What runs is not known of all: strays must not be made of what is out of reach.
    const auto finish = [](Operation& done, const json::array& all, const std::string& problem) {
      problem.empty() ? done.json(json::serialize(all)) : done.fail(CONSORT_E_RETRY, problem);
    };
    gather<json::array>(*hosts_, std::move(op), ask, merge, finish);
  }

  void validate(Operation op, const Task& task) override {
    Launch launch = launch_of(task, limits_);
    if (!launch.obstacles.empty()) return op.json(obstacles_of(launch.obstacles));
    HostThread& host = hosts_->of(launch.host);
    run(host, std::move(op),
        [launch = std::move(launch)](Place& place, Operation& done) mutable -> Async<void> {
          std::vector<Obstacle> found;
          try {
            const std::string why = co_await place.check(std::move(launch));
            if (!why.empty()) found.push_back({"", why});
          } catch (const Error& e) {
            found.push_back({"/host", e.what()});
          }
          done.json(obstacles_of(found));
        });
  }

  void fingerprint(Operation op) override {
    const auto ask = [](Place& place, HostFacts& all) -> Async<void> {
      const auto facts = co_await place.facts();
      all.add(facts);
    };
    const auto merge = [](HostFacts& all, HostFacts part) { all.add(std::move(part)); };
    const auto finish = [](Operation& done, const HostFacts& all, const std::string& problem) {
      done.json(all.fingerprint(problem));
    };
    gather<HostFacts>(*hosts_, std::move(op), ask, merge, finish);
  }

  void prepare_project(Operation op, std::string_view project_json) override {
    const json::object project = json::parse(project_json).as_object();
    person_->set(environment_of(project));
    op.json("[]");
  }

  void release_project(Operation op, std::string_view options_json) override {
    const json::object options = json::parse(options_json).as_object();
    const auto* purge = options.if_contains("purge_cache");
    const bool purges = purge != nullptr && purge->is_bool() && purge->get_bool();
    const auto* kept = options.if_contains("keeping");
    const bool in_use = kept != nullptr && kept->is_array() && !kept->get_array().empty();
    if (in_use || owed_->all().empty()) return op.ok();
    const auto release = std::make_shared<Release>(std::move(op), *owed_);
    for (const HostRequest& owed : release->hosts()) {
      hosts_->of(owed).spawn([owed, purges, release](Place& place) -> Async<void> {
        std::string problem;
        try {
          co_await place.clear(purges);
        } catch (const std::exception& e) {
          problem = e.what();
        }
        release->done(owed, problem);
      });
    }
  }

  void answered(std::uint64_t prompt, consort_answer answer, std::string_view text) override {
    prompts_->answered(prompt, answer == CONSORT_ANSWER_GIVEN, std::string(text));
  }

  void environment_changed(std::string_view environment_json) override {
    person_->set(environment_of({{"environment", json::parse(environment_json)}}));
    hosts_->each([](HostThread& host) { host.post([](Place& place) { place.retry(); }); });
  }

  void trust(Operation op, std::string_view name, std::string_view fingerprint) override {
    run(hosts_->of(parse_host(name)), std::move(op),
        [wanted = std::string(fingerprint)](Place& place, Operation& done) -> Async<void> {
          const std::string answer = co_await place.trust(wanted);
          done.json(answer);
        });
  }

  void logs_resume(std::string_view instance) override {
    HostThread* host = hosts_->find(instance);
    if (host == nullptr) return;
    host->post([id = std::string(instance)](Place& place) {
      if (const auto known = place.find(id)) known->resume();
    });
  }

 private:
  static std::map<std::string, std::string> environment_of(const json::object& config) {
    std::map<std::string, std::string> all;
    const auto* environment = config.if_contains("environment");
    if (environment == nullptr || !environment->is_object()) return all;
    for (const auto& [name, value] : environment->get_object()) {
      if (value.is_string()) all[name] = value.get_string();
    }
    return all;
  }

  static void refuse(Operation& op, const Launch& launch) {
    std::string all;
    for (const auto& obstacle : launch.obstacles) {
      all += (all.empty() ? "" : "; ") + obstacle.message;
    }
    op.fail(CONSORT_E_INVALID, all);
  }

  static void no_such_signal(Operation& op, std::string_view signal) {
    op.fail(CONSORT_E_INVALID,
            "cannot send \"" + std::string(signal) + "\": there is no such signal");
  }

  // The relay's word for a state, as attach and inspect tell it.
  static void answer(Place& place, const std::string& id, const std::string& word, Operation& op) {
    const auto known = place.find(id);
    if (word == "missing" || !known) return op.gone();
    if (word == "running") return op.running();
    if (word.empty()) {
      return op.fail(CONSORT_E_RETRY, "its host has not said yet how it is");
    }
    op.exited(known->exit() ? *known->exit() : Exit::unknown("its host does not tell how"));
  }

  template <class Work>
  void run(HostThread& host, Operation op, Work work) {
    auto kept = std::make_shared<Operation>(std::move(op));
    host.spawn([kept, work = std::move(work)](Place& place) mutable -> Async<void> {
      auto on_place = [&](Operation& operation) { return work(place, operation); };
      co_await guarded(kept, on_place);
    });
  }

  void order(Operation op, std::string_view instance, std::string what, std::string request,
             std::vector<std::string> numbers) {
    run(hosts_->need(instance), std::move(op),
        [id = std::string(instance), what = std::move(what), request = std::move(request),
         numbers = std::move(numbers)](Place& place, Operation& done) -> Async<void> {
          co_await place.ask(what, request, id, numbers);
          done.ok();
        });
  }

  template <class Change>
  void with_execution(std::uint64_t op, Change change) {
    hosts_->each([&](HostThread& host) {
      host.post([op, change](Place& place) {
        if (Execution* one = place.execution(op)) change(*one);
      });
    });
  }

  std::string folder_;  // of this project, below a relay's root
  LogLimits limits_{16u << 20, 64};
  std::shared_ptr<Person> person_;
  std::shared_ptr<const ShimProgram> shim_;
  std::shared_ptr<Prompts> prompts_;
  std::unique_ptr<OwedHosts> owed_;
  std::unique_ptr<Hosts> hosts_;  // the first to go
};

}  // namespace
}  // namespace consort::ssh

CONSORT_RUNTIME(consort::ssh::RemoteRuntime, "remote", "0.1.0", CONSORT_EXT_EXEC,
                CONSORT_EXT_ATTACH, CONSORT_EXT_SIGNAL, CONSORT_EXT_STATS, CONSORT_EXT_LIST,
                CONSORT_EXT_VALIDATE, CONSORT_EXT_FINGERPRINT, CONSORT_EXT_PROJECT,
                CONSORT_EXT_LOGS, CONSORT_EXT_PROMPT, CONSORT_EXT_ENVIRONMENT, CONSORT_EXT_TRUST)
