#include <cstdlib>
#include <memory>
#include <string>
#include <unordered_map>

#include <consort/runtime.hpp>

#include "plugins/docker/address.h"
#include "plugins/docker/containers.h"
#include "plugins/docker/copy.h"
#include "plugins/docker/event_watch.h"
#include "plugins/docker/execution.h"
#include "plugins/docker/image_commands.h"
#include "plugins/docker/images.h"
#include "plugins/docker/output_view.h"
#include "plugins/docker/project.h"
#include "plugins/docker/report.h"

namespace consort::docker {
namespace {

using OperationPtr = std::shared_ptr<Operation>;

class DockerRuntime final : public Runtime {
 public:
  using Runtime::Runtime;

  void init(std::string_view config_json) override {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
      throw Error(CONSORT_E_FAILED, "cannot use curl");
    }
    const json::value config = json::parse(config_json);
    project_ = text_at(config, "project");
    state_dir_ = text_at(config, "state_dir");
    const Environment variable = environment_of(at(config, "environment"));
    use(find_engine(variable), variable);
  }

  // One engine for one project: another is used only while nothing of it can be on the first.
  void environment_changed(std::string_view environment_json) override {
    const Environment variable = environment_of(json::parse(environment_json));
    std::string elsewhere;
    try {
      Address named = find_engine(variable);
      const Address& used = parts_->engine.address();
      if (!same_engine(named, used)) {
        if (in_flight_ == 0 && unused()) {
          use(std::move(named), variable);
        } else {
          elsewhere = "the containers of project " + project_ + " are on the engine at " +
                      used.text + ", and this command's DOCKER_HOST or docker context names " +
                      named.text + "; set it back, or end them there first: `consort down`";
        }
      }
    } catch (const Error& e) {
      elsewhere = e.what();
    }
    if (elsewhere == elsewhere_) return;
    elsewhere_ = std::move(elsewhere);
    if (!elsewhere_.empty()) host().progress("", elsewhere_);
  }

  void start(Operation op, const Task& task) override {
    run(std::move(op), start_it(order_of(task)));
  }

  void create(Operation op, const Task& task) override {
    run(std::move(op), plainly(containers().create(order_of(task))));
  }

  void attach(Operation op, const Task& task, std::string_view handle) override {
    run(std::move(op),
        attach_it(std::string(task.instance), std::string(handle), json::parse(task.service_json)));
  }

  void stop(Operation op, std::string_view instance, std::string_view signal,
            std::chrono::milliseconds grace) override {
    run(std::move(op),
        plainly(containers().stop(std::string(instance), std::string(signal), grace)));
  }

  void inspect(Operation op, std::string_view instance) override {
    const auto found = containers().find(instance);
    if (!found) return op.gone();
    if (found->exit) return op.exited(*found->exit);
    op.running();
  }

  void remove(Operation op, std::string_view instance, bool force) override {
    run(std::move(op), plainly(containers().remove(std::string(instance), force, false)));
  }

  void remove_with_volumes(Operation op, std::string_view instance) override {
    run(std::move(op), plainly(containers().remove(std::string(instance), true, true)));
  }

  void exec(Operation op, std::string_view instance, Exec request) override {
    const auto container = containers().running(instance);
    const std::uint64_t number = op.id();
    auto execution = std::make_shared<Execution>(parts_->engine, parts_->scope, container->id,
                                                 ExecOrder(request));
    executions_[number] = execution;
    run(std::move(op), execute(number, execution));
  }

  void exec_resize(std::uint64_t op, std::uint16_t rows, std::uint16_t columns) override {
    const auto found = executions_.find(op);
    if (found != executions_.end()) found->second->resize(rows, columns);
  }

  void exec_cancel(std::uint64_t op) override {
    const auto found = executions_.find(op);
    if (found != executions_.end()) found->second->cancel();
  }

  void open_stdin(Operation op, std::string_view instance) override {
    const auto container = containers().running(instance);
    run(std::move(op), open_input(container));
  }

  void close_stdin(Operation op, std::string_view instance) override {
    const auto container = containers().find(instance);
    if (container && container->attachment) container->attachment->close_input();
    op.ok();
  }

  void show_output(Operation op, std::string_view instance, Fd out, Fd err) override {
    const auto container = containers().running(instance);
    run(std::move(op), plainly(show(container, std::move(out), std::move(err))));
  }

  void resize(std::string_view instance, std::uint16_t rows, std::uint16_t columns) override {
    const auto container = containers().find(instance);
    if (container) parts_->scope.spawn(set_size(parts_->engine, container->id, rows, columns));
  }

  void signal(Operation op, std::string_view instance, std::string_view signal) override {
    const auto container = containers().running(instance);
    run(std::move(op), send_signal(container->id, std::string(signal)));
  }

  void pause(Operation op, std::string_view instance) override {
    const auto container = containers().running(instance);
    run(std::move(op), plainly(halt(container->id, "pause")));
  }

  void resume(Operation op, std::string_view instance) override {
    const auto container = containers().running(instance);
    run(std::move(op), plainly(halt(container->id, "unpause")));
  }

  void top(Operation op, std::string_view instance) override {
    const auto container = containers().running(instance);
    run(std::move(op), list_processes(container->id));
  }

  void look(Operation op, std::string_view instance, std::string_view path) override {
    run(std::move(op), look_in(std::string(instance), std::string(path)));
  }

  void read_files(Operation op, std::string_view instance, std::string_view path, Fd to) override {
    run(std::move(op), plainly(copy_out(std::string(instance), std::string(path), std::move(to))));
  }

  void write_files(Operation op, std::string_view instance, std::string_view path,
                   Fd from) override {
    run(std::move(op), plainly(copy_in(std::string(instance), std::string(path), std::move(from))));
  }

  void stats(Operation op, std::string_view instance) override {
    const auto container = containers().running(instance);
    run(std::move(op), measure(container->id));
  }

  void list(Operation op) override { run(std::move(op), as_text(containers().list())); }

  void validate(Operation op, const Task& task) override {
    if (unused()) refuse_elsewhere();
    run(std::move(op), check(replica_of(task), json::parse(task.service_json)));
  }

  void prepare_project(Operation op, std::string_view project_json) override {
    refuse_elsewhere();
    run(std::move(op), as_text(parts_->project.prepare(json::parse(project_json))));
  }

  void release_project(Operation op, std::string_view options_json) override {
    json::value options = json::parse(options_json);
    std::vector<std::string> loose;
    if (bool_at(options, "volumes")) loose = containers().take_loose_volumes();
    run(std::move(op), plainly(parts_->project.release(std::move(options), std::move(loose))));
  }

  void pull_images(Operation op, std::string_view project_json) override {
    refuse_elsewhere();
    run(std::move(op), as_text(docker::pull_images(image_tools(), json::parse(project_json))));
  }

  void build_images(Operation op, std::string_view project_json) override {
    refuse_elsewhere();
    run(std::move(op), as_text(docker::build_images(image_tools(), json::parse(project_json))));
  }

  void list_images(Operation op) override {
    run(std::move(op), as_text(docker::list_images(image_tools(), [this](const json::value& one) {
          return containers().instance_of(one);
        })));
  }

  void fingerprint(Operation op) override { run(std::move(op), describe()); }

  void logs_resume(std::string_view instance) override { containers().resume_log(instance); }

 private:
  // In the order of their making; what waits is destroyed first.
  struct Parts {
    Parts(DockerRuntime& runtime, Address address, const Environment& variable,
          const std::string& state_dir)
        : engine(runtime.reactor(), scope, std::move(address),
                 [this](const std::string& why) { watch.absent(why); }),
          credentials(runtime.reactor(), variable, engine.address().text),
          images(runtime.host(), engine, credentials, runtime.project_, state_dir + "/pulled.json"),
          project(runtime.host(), engine, images, runtime.project_, state_dir,
                  [this](const json::value& one) { return containers.instance_of(one); }),
          containers(runtime.host(), engine, scope, runtime.project_, state_dir + "/runs"),
          watch(runtime.host(), engine, runtime.project_,
                {[&runtime](const std::string& problem) { runtime.engine_is(problem); },
                 [this](std::string_view id) { containers.changed(id); },
                 [this](std::string_view id, std::string_view health) {
                   containers.health_is(id, health);
                 }}),
          scope(runtime.host()) {}

    Engine engine;
    Credentials credentials;
    Images images;
    Project project;
    Containers containers;
    EventWatch watch;
    Scope scope;
  };

  Containers& containers() { return parts_->containers; }
  // Whether nothing of the project can be on the engine.
  bool unused() { return parts_->project.model().is_null() && containers().none(); }

  // Of a JSON object, or without one of this process.
  static Environment environment_of(json::value variables) {
    return [variables = std::move(variables)](const char* name) -> std::string {
      if (variables.is_object()) return text_at(variables, name);
      const char* value = std::getenv(name);
      return value != nullptr ? value : "";
    };
  }

  void use(Address address, const Environment& variable) {
    parts_.reset();
    parts_ = std::make_unique<Parts>(*this, std::move(address), variable, state_dir_);
    parts_->scope.spawn(parts_->watch.run());
  }

  // What is to be made for a command must not land on another engine than the one that it names.
  void refuse_elsewhere() const {
    if (elsewhere_.empty()) return;
    throw Error(CONSORT_E_INVALID, elsewhere_);
  }

  Replica replica_of(const Task& task) const {
    Replica replica;
    replica.project = project_;
    replica.service = task.service;
    replica.instance = task.instance;
    replica.index = task.index;
    replica.one_off = task.one_off;
    replica.proxies = &parts_->credentials.proxies();
    replica.model = parts_->project.model().is_null() ? nullptr : &parts_->project.model();
    return replica;
  }

  StartOrder order_of(const Task& task) const {
    StartOrder order;
    order.replica = replica_of(task);
    order.fresh = task.fresh;
    order.service = json::parse(task.service_json);
    return order;
  }

  // What completes an operation, once it is known.
  using Completion = std::function<void(Operation&)>;

  void run(Operation op, Async<Completion> work) {
    parts_->scope.spawn(complete(std::make_shared<Operation>(std::move(op)), std::move(work)));
  }
  Async<void> complete(OperationPtr op, Async<Completion> work) {
    struct Counted {
      explicit Counted(int& n) : number(n) { ++number; }
      ~Counted() { --number; }
      int& number;
    } counted(in_flight_);
    try {
      const Completion completion = co_await work;
      completion(*op);
    } catch (const Error& e) {
      op->fail(e.status(), e.what());
    } catch (const std::exception& e) {
      op->fail(CONSORT_E_EXCEPTION, e.what());
    }
  }
  static Async<Completion> plainly(Async<void> work) {
    co_await work;
    co_return Completion([](Operation& op) { op.ok(); });
  }

  static Async<Completion> as_text(Async<json::array> work) {
    const json::array found = co_await work;
    co_return Completion([text = json::serialize(found)](Operation& op) { op.json(text); });
  }

  ImageTools image_tools() {
    return {host(), parts_->engine, parts_->scope, parts_->images, project_};
  }

  Async<Completion> start_it(StartOrder order) {
    const std::string image = image_of(project_, order.replica.service, order.service);
    order.image = co_await parts_->images.facts(image);
    // The image's own check counts where the file has none.
    const json::value& check = at(order.service, "healthcheck");
    order.own_health =
        order.image.checks_health && at(check, "test").is_null() && !bool_at(check, "disable");
    co_await parts_->project.renew_networks(order.service);
    order.renew = order.fresh && parts_->project.renews_volumes(order.replica.service);
    const ContainerPtr container = co_await containers().start(std::move(order));
    co_return Completion([this, container](Operation& op) {
      op.started(container->id, 0, container->answer());
      containers().answered(container);
    });
  }

  Async<Completion> attach_it(std::string instance, std::string handle, json::value service) {
    const ContainerPtr container =
        co_await containers().attach(std::move(instance), std::move(handle), std::move(service));
    co_return Completion([this, container](Operation& op) {
      if (!container) return op.gone();
      container->exit ? op.exited(*container->exit) : op.running(0, container->answer());
      containers().answered(container);
    });
  }

  Async<Completion> execute(std::uint64_t number, std::shared_ptr<Execution> execution) {
    struct Leave {
      DockerRuntime& runtime;
      std::uint64_t number;
      ~Leave() { runtime.executions_.erase(number); }
    } leave{*this, number};
    const int code = co_await execution->run();
    co_return Completion([code](Operation& op) { op.exit_code(code); });
  }

  Async<Completion> open_input(ContainerPtr container) {
    const int fd = co_await containers().open_input(std::move(container));
    co_return Completion([fd](Operation& op) { op.descriptor(Fd(fd)); });
  }

  Async<void> show(ContainerPtr container, Fd out, Fd err) {
    const auto view = std::make_shared<OutputView>(parts_->engine, container->tty, std::move(out),
                                                   std::move(err));
    co_await view->open(container->id);
    parts_->scope.spawn(OutputView::run(view));
  }

  static Async<void> set_size(Engine& engine, std::string container, std::uint16_t rows,
                              std::uint16_t columns) {
    const Reply reply =
        co_await engine.post("/containers/" + container + "/resize?h=" + std::to_string(rows) +
                             "&w=" + std::to_string(columns));
    (void)reply;  // it may have ended meanwhile
  }

  Async<Completion> send_signal(std::string container, std::string name) {
    const Reply reply = co_await parts_->engine.post("/containers/" + container +
                                                     "/kill?signal=" + url_encode(name));
    if (reply.status == 400) {
      throw Error(CONSORT_E_INVALID, "cannot send \"" + name + "\": there is no such signal");
    }
    expect(reply, "cannot send " + name);
    co_return Completion([](Operation& op) { op.ok(); });
  }

  // `how`: "pause" or "unpause". The engine refuses what is so already.
  Async<void> halt(std::string container, const char* how) {
    const Reply reply = co_await parts_->engine.post("/containers/" + container + "/" + how);
    const std::string why = reply.message();
    const bool already = why.ends_with("is already paused") || why.ends_with("is not paused");
    if (!reply.ok() && !already) expect(reply, std::string("cannot ") + how + " it");
  }

  Async<Completion> list_processes(std::string container) {
    const Reply reply = co_await parts_->engine.get("/containers/" + container + "/top");
    expect(reply, "cannot list its processes");
    const std::string text = processes_of(reply.body);
    co_return Completion([text](Operation& op) { op.json(text); });
  }

  Async<Completion> look_in(std::string instance, std::string path) {
    const std::string container = co_await containers().container_of(std::move(instance));
    const json::object found = co_await look_at(parts_->engine, container, std::move(path));
    co_return Completion([text = json::serialize(found)](Operation& op) { op.json(text); });
  }

  Async<void> copy_out(std::string instance, std::string path, Fd to) {
    const std::string container = co_await containers().container_of(std::move(instance));
    co_await read_archive(parts_->engine, container, std::move(path), std::move(to));
  }

  Async<void> copy_in(std::string instance, std::string path, Fd from) {
    const std::string container = co_await containers().container_of(std::move(instance));
    co_await write_archive(parts_->engine, container, std::move(path), std::move(from));
  }

  Async<Completion> measure(std::string container) {
    const Reply reply =
        co_await parts_->engine.get("/containers/" + container + "/stats?stream=0&one-shot=1");
    expect(reply, "cannot measure it");
    co_return Completion([text = stats_of(reply.body)](Operation& op) { op.json(text); });
  }

  Async<Completion> check(Replica replica, json::value service) {
    json::array problems;
    const std::string obstacle = co_await containers().obstacle(replica, service);
    if (!obstacle.empty()) {
      problems.push_back(json::object{{"pointer", ""}, {"message", obstacle}});
    }
    co_return Completion([text = json::serialize(problems)](Operation& op) { op.json(text); });
  }

  Async<Completion> describe() {
    const Reply info = co_await parts_->engine.get("/info");
    expect(info, "cannot ask the engine");
    const std::string text =
        fingerprint_of(info.body, parts_->engine.address(), parts_->engine.version());
    co_return Completion([text](Operation& op) { op.json(text); });
  }

  void engine_is(const std::string& problem) {
    if (problem == problem_) return;
    const bool back = problem.empty() && !problem_.empty();
    problem_ = problem;
    host().health(problem.empty() ? CONSORT_OK : CONSORT_E_RETRY, problem);
    if (back) parts_->scope.spawn(containers().look_at_all());
  }

  std::string project_;
  std::string state_dir_;
  std::string problem_;
  std::string elsewhere_;  // why what is asked for now is not for this engine; "": it is
  int in_flight_ = 0;      // operations
  std::unordered_map<std::uint64_t, std::shared_ptr<Execution>> executions_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace
}  // namespace consort::docker

CONSORT_RUNTIME(consort::docker::DockerRuntime, "container", "0.1.0", CONSORT_EXT_EXEC,
                CONSORT_EXT_ATTACH, CONSORT_EXT_SIGNAL, CONSORT_EXT_STATS, CONSORT_EXT_LIST,
                CONSORT_EXT_VALIDATE, CONSORT_EXT_FINGERPRINT, CONSORT_EXT_PROJECT,
                CONSORT_EXT_IMAGES, CONSORT_EXT_CREATE, CONSORT_EXT_PAUSE, CONSORT_EXT_TOP,
                CONSORT_EXT_COPY, CONSORT_EXT_LOGS, CONSORT_EXT_ENVIRONMENT)
