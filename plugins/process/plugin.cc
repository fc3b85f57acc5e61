#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include <boost/json.hpp>
#include <consort/runtime.hpp>

#include "plugins/process/execution.h"
#include "plugins/process/fingerprint.h"
#include "plugins/process/halt.h"
#include "plugins/process/instance.h"
#include "plugins/process/launch.h"
#include "plugins/process/process_tree.h"
#include "plugins/process/shims.h"
#include "plugins/process/signals.h"
#include "plugins/process/small_file.h"
#include "plugins/process/top.h"

namespace consort::process {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

// The shim lies beside the directory of the plugins: .../consort/runtimes/../consort-shim.
std::string shim_beside_plugin() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&shim_beside_plugin), &info) == 0) return {};
  return fs::canonical(info.dli_fname).parent_path().parent_path() / "consort-shim";
}

std::string sentence(const std::vector<Obstacle>& obstacles) {
  std::string text;
  for (const auto& obstacle : obstacles) {
    if (!text.empty()) text += "; ";
    text += obstacle.message;
  }
  return text;
}

std::uint32_t milliseconds(std::chrono::milliseconds grace) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(grace.count(), 0, UINT32_MAX));
}

class ProcessRuntime final : public Runtime {
 public:
  using Runtime::Runtime;

  void init(std::string_view config_json) override {
    const json::object config = json::parse(config_json).as_object();
    read_settings(config);
    for (const auto& directory : {settings_.exit_dir, settings_.fifo_dir, settings_.exec_dir}) {
      make_private_directory(directory);
    }
    shims_ = std::make_unique<Shims>(
        host(), reactor(),
        Shims::Options{settings_.shim, settings_.state_dir + "/template.lock", settings_.exit_dir,
                       settings_.fifo_dir});
  }

  void start(Operation op, const Task& task) override {
    Instance& instance = instance_of(task.instance);
    if (instance.runs() && !instance.exit()) return op.started("", instance.child());
    if (const std::string why = shims_->lacks(); !why.empty()) {
      instances_.erase(instance.id());
      return op.fail(CONSORT_E_FAILED, "cannot start " + std::string(task.argv[0]) + ": " + why);
    }
    const Launch launch = prepare(task, settings_);
    if (!launch.obstacles.empty()) {
      instances_.erase(instance.id());
      return op.fail(CONSORT_E_INVALID, sentence(launch.obstacles));
    }
    const std::string directory(task.instance_dir);
    write_small_file(directory + "/spec", launch.spec);
    auto kept = std::make_shared<Operation>(std::move(op));
    shims_->start(instance.id(), directory, {}, instance,
                  [this, id = instance.id(), kept, program = std::string(task.argv[0])](
                      const shim::Reply& reply) { started(id, *kept, program, reply); });
  }

  void attach(Operation op, const Task& task, std::string_view) override {
    Instance& instance = instance_of(task.instance);
    const std::string directory(task.instance_dir);
    if (!instance.runs()) shims_->watch(instance.id(), directory, instance);
    const auto record = read_record(directory);
    if (record) instance.set_child(record->child.pid);
    if (instance.runs() && !instance.exit()) return op.running(instance.child());
    if (!instance.exit()) instance.set_exit(exit_of(instance.id(), record));
    if (!record && !instance.exit()->known) {
      instances_.erase(instance.id());
      return op.gone();
    }
    op.exited(*instance.exit());
  }

  void stop(Operation op, std::string_view instance, std::string_view signal,
            std::chrono::milliseconds grace) override {
    Instance* found = find_living(instance);
    if (found == nullptr) return op.ok();
    shim::StopOrder order{0, milliseconds(grace)};
    if (!signal.empty()) {
      const auto number = signal_number(signal);
      if (!number) return no_such_signal(op, signal);
      order.signal = *number;
    }
    // What is halted would not see the signal; the shim wakes the leader's group only.
    if (halted_.erase(found->id()) != 0) let_go_on(shims_->pid(found->id()));
    found->stop(std::move(op), order);
  }

  void inspect(Operation op, std::string_view instance) override {
    const Instance* found = find(instance);
    if (found == nullptr) return op.gone();
    if (found->exit()) return op.exited(*found->exit());
    op.running(found->child());
  }

  void remove(Operation op, std::string_view instance, bool force) override {
    Instance* found = find_living(instance);
    if (found == nullptr) {
      forget(std::string(instance));
      return op.ok();
    }
    if (found->runs() && !force) {
      return op.fail(CONSORT_E_FAILED, "cannot remove " + found->id() + ": it still runs");
    }
    found->stop(std::move(op), {SIGKILL, 0}, [this, id = found->id()] { forget(id); });
  }

  void exec(Operation op, std::string_view instance, Exec request) override {
    const Instance* found = find(instance);
    if (found == nullptr || !found->runs() || found->exit()) {
      return op.fail(CONSORT_E_NOT_FOUND, "cannot execute: the service does not run");
    }
    if (request.privileged) {
      return op.fail(CONSORT_E_UNSUPPORTED,
                     "runtime process has no --privileged: a command has the rights of its user");
    }
    const std::uint64_t number = op.id();
    const std::string id = "exec-" + std::to_string(::getpid()) + "-" + std::to_string(number);
    const Launch launch =
        prepare_exec(request, read_small_file(directory_of(instance) + "/spec"), id);
    if (launch.code != 0) {
      // Into an empty pipe or socket: it does not block for this.
      const Fd& err = request.err ? request.err : request.out;
      ::dprintf(err.get(), request.tty ? "%s\r\n" : "%s\n", sentence(launch.obstacles).c_str());
      return op.exit_code(launch.code);
    }
    if (!launch.obstacles.empty()) return op.fail(CONSORT_E_INVALID, sentence(launch.obstacles));
    const std::string directory = settings_.exec_dir + "/" + id;
    make_private_directory(directory);
    write_small_file(directory + "/spec", launch.spec);
    auto& execution = executions_[number];
    execution = std::make_unique<Execution>(reactor(), *shims_, id, std::move(op),
                                            [this, number, id] { executed(number, id); });
    std::vector<Fd> descriptors;
    for (Fd* fd : {&request.in, &request.out, &request.err}) {
      descriptors.push_back(*fd ? std::move(*fd) : Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
    }
    execution->start(directory, std::move(descriptors), request.timeout);
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
    const std::string path = settings_.fifo_dir + "/" + std::string(instance) + shim::stdin_suffix;
    Fd fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    if (!fd) {
      return op.fail(CONSORT_E_NOT_FOUND, "cannot write to stdin of " + std::string(instance) +
                                              ": " + std::strerror(errno));
    }
    op.descriptor(std::move(fd));
  }

  void close_stdin(Operation op, std::string_view instance) override {
    shims_->order(std::string(instance), shim::control_close_stdin, 0);
    op.ok();
  }

  void resize(std::string_view instance, std::uint16_t rows, std::uint16_t columns) override {
    shims_->order(std::string(instance), shim::control_resize, shim::pack_size({rows, columns}));
  }

  void signal(Operation op, std::string_view instance, std::string_view signal) override {
    const auto number = signal_number(signal);
    if (!number) return no_such_signal(op, signal);
    if (!shims_->order(std::string(instance), shim::control_signal,
                       static_cast<std::uint64_t>(*number))) {
      return op.fail(CONSORT_E_NOT_FOUND,
                     "cannot signal " + std::string(instance) + ": it does not run");
    }
    op.ok();
  }

  void pause(Operation op, std::string_view instance) override {
    const std::string id(instance);
    const pid_t shim = shims_->pid(id);
    if (shim == 0) return op.fail(CONSORT_E_NOT_FOUND, id + " does not run");
    halted_.insert(id);
    const std::string problem = halt(shim);
    problem.empty() ? op.ok() : op.fail(CONSORT_E_FAILED, "cannot stop " + problem);
  }

  void resume(Operation op, std::string_view instance) override {
    const std::string id(instance);
    const pid_t shim = shims_->pid(id);
    if (shim == 0) return op.fail(CONSORT_E_NOT_FOUND, id + " does not run");
    halted_.erase(id);
    const std::string problem = let_go_on(shim);
    problem.empty() ? op.ok() : op.fail(CONSORT_E_FAILED, "cannot continue " + problem);
  }

  void top(Operation op, std::string_view instance) override {
    const pid_t shim = shims_->pid(std::string(instance));
    if (shim == 0) return op.fail(CONSORT_E_NOT_FOUND, std::string(instance) + " does not run");
    op.json(top_of(descendants(shim)));
  }

  void stats(Operation op, std::string_view instance) override {
    const pid_t shim = shims_->pid(std::string(instance));
    if (shim == 0) return op.fail(CONSORT_E_NOT_FOUND, std::string(instance) + " does not run");
    const Usage usage = usage_of(descendants(shim));
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    op.json(json::serialize(json::object{
        {"at_ns", std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec},
        {"cpu_ns", usage.cpu_ns},
        {"memory_bytes", usage.memory_bytes},
        {"pids", usage.processes},
        {"read_bytes", usage.read_bytes},
        {"write_bytes", usage.write_bytes},
    }));
  }

  // From the disk, not from memory: what a lost record forgot is found too.
  void list(Operation op) override {
    json::array found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(settings_.instances_dir, ignored)) {
      const auto record = read_record(entry.path());
      if (!record || record->boot_id != boot_id()) continue;
      found.push_back(json::object{{"instance", entry.path().filename().string()},
                                   {"running", lives(record->child) || lives(record->shim)}});
    }
    op.json(json::serialize(found));
  }

  void validate(Operation op, const Task& task) override {
    json::array found;
    for (const auto& obstacle : prepare(task, settings_).obstacles) {
      found.push_back(json::object{{"pointer", obstacle.pointer}, {"message", obstacle.message}});
    }
    op.json(json::serialize(found));
  }

  void fingerprint(Operation op) override { op.json(process::fingerprint(settings_)); }

 private:
  void read_settings(const json::object& config) {
    settings_.shim = shim_beside_plugin();
    settings_.state_dir = std::string(config.at("state_dir").as_string());
    settings_.exit_dir = settings_.state_dir + "/exits";
    settings_.exec_dir = settings_.state_dir + "/exec";
    settings_.fifo_dir = std::string(config.at("runtime_dir").as_string());
    if (const auto* dir = config.if_contains("instances_dir")) {
      settings_.instances_dir = std::string(dir->as_string());
    }
    ::getrlimit(RLIMIT_NOFILE, &settings_.nofile);
    if (const auto* given = config.if_contains("nofile"); given && given->is_object()) {
      const auto limit = [&](const char* key) {
        return static_cast<rlim_t>(given->get_object().at(key).to_number<std::int64_t>());
      };
      settings_.nofile = {limit("soft"), limit("hard")};
    }
    if (const auto* logs = config.if_contains("logs"); logs && logs->is_object()) {
      settings_.log_max_bytes = logs->get_object().at("max_bytes").to_number<std::uint64_t>();
      settings_.log_max_files = logs->get_object().at("max_files").to_number<std::uint32_t>();
    }
    const auto* own = config.if_contains("settings");
    if (own == nullptr || !own->is_object()) return;
    if (const auto* v = own->get_object().if_contains("log_max_bytes")) {
      settings_.log_max_bytes = v->to_number<std::uint64_t>();
    }
    if (const auto* v = own->get_object().if_contains("log_max_files")) {
      settings_.log_max_files = v->to_number<std::uint32_t>();
    }
  }

  Instance& instance_of(std::string_view id) {
    auto& instance = instances_[std::string(id)];
    if (!instance) {
      instance = std::make_unique<Instance>(host(), reactor(), *shims_, std::string(id));
    }
    return *instance;
  }

  Instance* find(std::string_view id) {
    const auto found = instances_.find(std::string(id));
    return found == instances_.end() ? nullptr : found->second.get();
  }

  // Also one that ended before this supervisor was, and so was never attached: something that it
  // left may live.
  Instance* find_living(std::string_view id) {
    if (Instance* found = find(id)) return found;
    if (settings_.instances_dir.empty()) return nullptr;
    Instance& instance = instance_of(id);
    if (shims_->watch(instance.id(), directory_of(id), instance)) return &instance;
    instances_.erase(std::string(id));
    return nullptr;
  }

  std::string directory_of(std::string_view instance) const {
    return settings_.instances_dir + "/" + std::string(instance);
  }

  void started(const std::string& id, Operation& op, const std::string& program,
               const shim::Reply& reply) {
    if (reply.error == 0) {
      if (Instance* instance = find(id)) instance->set_child(reply.child_pid);
      return op.started("", reply.child_pid);
    }
    instances_.erase(id);
    const bool passing = reply.error == EAGAIN || reply.error == ENOMEM || reply.error == EMFILE ||
                         reply.error == ENFILE;
    const bool denied = reply.error == EACCES || reply.error == EPERM;
    op.fail(passing  ? CONSORT_E_RETRY
            : denied ? CONSORT_E_DENIED
                     : CONSORT_E_FAILED,
            "cannot start " + program + " (" + shim::stage_name(reply.stage) +
                "): " + std::strerror(reply.error));
  }

  // What is known of an instance that does not run.
  Exit exit_of(const std::string& id, const std::optional<Record>& record) const {
    if (auto exit = read_exit(shims_->exit_file(id))) return *exit;
    if (record && record->boot_id != boot_id()) return Exit::unknown("the machine was restarted");
    return Exit::unknown("it ended while nothing watched it");
  }

  void forget(const std::string& id) {
    ::unlink(shims_->exit_file(id).c_str());
    ::unlink(shims_->reserved_exit_file(id).c_str());
    instances_.erase(id);
    halted_.erase(id);
  }

  void executed(std::uint64_t number, const std::string& id) {
    std::error_code ignored;
    fs::remove_all(settings_.exec_dir + "/" + id, ignored);
    ::unlink(shims_->exit_file(id).c_str());
    executions_.erase(number);
  }

  static void no_such_signal(Operation& op, std::string_view signal) {
    op.fail(CONSORT_E_INVALID,
            "cannot send \"" + std::string(signal) + "\": there is no such signal");
  }

  Settings settings_;
  std::unique_ptr<Shims> shims_;  // outlives what observes it
  std::unordered_map<std::string, std::unique_ptr<Instance>> instances_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Execution>> executions_;
  std::unordered_set<std::string> halted_;  // instances
};

}  // namespace
}  // namespace consort::process

CONSORT_RUNTIME(consort::process::ProcessRuntime, "process", "0.1.0", CONSORT_EXT_EXEC,
                CONSORT_EXT_ATTACH, CONSORT_EXT_SIGNAL, CONSORT_EXT_STATS, CONSORT_EXT_LIST,
                CONSORT_EXT_VALIDATE, CONSORT_EXT_FINGERPRINT, CONSORT_EXT_PAUSE, CONSORT_EXT_TOP)
