#include "tests/fakes/fake_driver.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace consort::fakes {

using base::Error;
using base::ErrorKind;

struct FakeDriver::Gate {
  explicit Gate(asio::any_io_executor executor)
      : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  bool open = false;
};

FakeDriver::FakeDriver(asio::any_io_executor executor, std::string name)
    : executor_(std::move(executor)), name_(std::move(name)) {}

std::string FakeDriver::replica_of(const std::string& instance) const {
  return instance.substr(0, instance.rfind('-'));
}

// Notes the call and completes a turn later, or when it is released.
asio::awaitable<void> FakeDriver::noted(std::string call) {
  calls_.push_back(call);
  const bool held = std::any_of(held_.begin(), held_.end(),
                                [&](const auto& prefix) { return call.starts_with(prefix); });
  if (!held) {
    co_await asio::post(executor_, asio::use_awaitable);
    co_return;
  }
  const auto gate = std::make_shared<Gate>(executor_);
  waiting_.emplace(call, gate);
  most_waiting_ = std::max(most_waiting_, waiting_.size());
  while (!gate->open) {
    boost::system::error_code ignored;
    co_await gate->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void FakeDriver::release(const std::string& prefix) {
  held_.erase(prefix);
  for (auto call = waiting_.begin(); call != waiting_.end();) {
    if (!call->first.starts_with(prefix)) {
      ++call;
      continue;
    }
    call->second->open = true;
    call->second->timer.cancel();
    call = waiting_.erase(call);
  }
}

void FakeDriver::end(const std::string& replica, model::ExitInfo exit) {
  const std::string instance = last_.at(replica);
  running_.erase(instance);
  exited(instance, exit);
}

std::size_t FakeDriver::count(const std::string& call) const {
  return static_cast<std::size_t>(std::count(calls_.begin(), calls_.end(), call));
}

std::set<std::string> FakeDriver::running() const {
  std::set<std::string> replicas;
  for (const auto& instance : running_) replicas.insert(replica_of(instance));
  return replicas;
}

asio::awaitable<Result<runtime::Started>> FakeDriver::start(runtime::Task task) {
  const std::string instance = task.instance;
  const std::string replica = replica_of(instance);
  const std::string service = task.service.name;
  last_[replica] = instance;
  tasks_[instance] = std::move(task);
  co_await noted("start " + replica);
  if (const auto fails = start_fails.find(service); fails != start_fails.end()) {
    co_return fails->second;
  }
  running_.insert(instance);
  co_return runtime::Started{"handle of " + instance, 1000, {}, {}};
}

asio::awaitable<Result<runtime::Attached>> FakeDriver::attach(runtime::Task task, std::string) {
  const std::string instance = task.instance;
  const std::string service = task.service.name;
  last_[replica_of(instance)] = instance;
  tasks_[instance] = std::move(task);
  co_await noted("attach " + replica_of(instance));
  const auto decided = attaches.find(service);
  Result<runtime::Attached> attached = decided == attaches.end()
                                           ? Result<runtime::Attached>{runtime::Attached{
                                                 runtime::Presence::running, 2000, {}, {}, {}}}
                                           : decided->second;
  if (attached && attached->presence == runtime::Presence::running) running_.insert(instance);
  co_return attached;
}

asio::awaitable<Result<void>> FakeDriver::stop(std::string instance, std::string signal,
                                               base::Duration grace) {
  const std::string replica = replica_of(instance);
  std::string call = "stop " + replica + " ";
  if (!signal.empty()) call += signal + " ";
  call += model::format_duration(grace);
  co_await noted(std::move(call));
  const auto task = tasks_.find(instance);
  if (task != tasks_.end()) {
    if (const auto fails = stop_fails.find(task->second.service.name); fails != stop_fails.end()) {
      co_return fails->second;
    }
  }
  if (running_.erase(instance) > 0 && !silent.contains(replica)) {
    model::ExitInfo exit;
    exit.signal = signal == "SIGKILL" ? 9 : 15;
    exited(instance, exit);
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> FakeDriver::remove(std::string instance, runtime::Removal how) {
  const std::string note = how == runtime::Removal::with_volumes ? " and its volumes" : "";
  co_await noted("remove " + replica_of(instance) + note);
  if (const auto task = tasks_.find(instance); task != tasks_.end()) {
    const auto fails = remove_fails.find(task->second.service.name);
    if (fails != remove_fails.end()) co_return fails->second;
  }
  if (how != runtime::Removal::ended) running_.erase(instance);
  co_return Result<void>{};
}

asio::awaitable<Result<std::vector<runtime::Finding>>> FakeDriver::validate(runtime::Task task) {
  co_await noted("validate " + task.service.name);
  if (!can_validate) co_return Error(ErrorKind::unsupported, "cannot validate");
  const auto found = findings.find(task.service.name);
  if (found == findings.end()) co_return std::vector<runtime::Finding>{};
  co_return found->second;
}

asio::awaitable<Result<int>> FakeDriver::exec(std::string instance, runtime::ExecRequest request,
                                              std::function<void(std::uint64_t)> started) {
  started(++execs_);
  const std::string replica = replica_of(instance);
  co_await noted("exec " + replica);
  const std::string& service = tasks_.at(instance).service.name;
  if (request.err) (void)base::write_all(request.err.get(), exec_output[service]);
  const auto code = exec_codes.find(service);
  co_return code == exec_codes.end() ? 0 : code->second;
}

asio::awaitable<Result<void>> FakeDriver::signal(std::string instance, std::string signal) {
  const std::string replica = replica_of(instance);
  co_await noted("signal " + replica + " " + signal);
  const bool ends = signal == "SIGTERM" && !stubborn.contains(replica);
  if (ends && running_.erase(instance) > 0) {
    model::ExitInfo exit;
    exit.signal = 15;
    exited(instance, exit);
  }
  co_return Result<void>{};
}

asio::awaitable<Result<base::Fd>> FakeDriver::open_stdin(std::string) { co_return base::Fd(); }
asio::awaitable<Result<void>> FakeDriver::close_stdin(std::string) { co_return Result<void>{}; }
asio::awaitable<Result<void>> FakeDriver::show_output(std::string, base::Fd, base::Fd) {
  co_return base::Error(base::ErrorKind::unsupported, "");
}
asio::awaitable<Result<boost::json::object>> FakeDriver::stats(std::string) {
  co_return boost::json::object{};
}
asio::awaitable<Result<std::vector<std::pair<std::string, bool>>>> FakeDriver::list() {
  std::vector<std::pair<std::string, bool>> all;
  for (const auto& instance : running_) all.emplace_back(instance, true);
  co_return all;
}
asio::awaitable<Result<runtime::Prepared>> FakeDriver::prepare(boost::json::object project) {
  prepared.push_back(std::move(project));
  runtime::Prepared answer{unprepared, {}};
  for (const auto& [replica, why] : outdated) answer.outdated[instance(replica)] = why;
  co_return answer;
}
asio::awaitable<Result<void>> FakeDriver::release(boost::json::object) { co_return Result<void>{}; }
asio::awaitable<Result<std::vector<runtime::ServiceProblem>>> FakeDriver::pull_images(
    boost::json::object project) {
  prepared.push_back(std::move(project));
  co_return unprepared;
}
asio::awaitable<Result<std::vector<runtime::ServiceProblem>>> FakeDriver::build_images(
    boost::json::object project) {
  prepared.push_back(std::move(project));
  co_return unprepared;
}
asio::awaitable<Result<void>> FakeDriver::create(runtime::Task task) {
  const std::string replica = model::to_string(model::ReplicaId{task.service.name, task.index});
  last_[replica] = task.instance;
  const std::string service = task.service.name;
  tasks_[task.instance] = std::move(task);
  co_await noted("create " + replica);
  if (const auto fails = create_fails.find(service); fails != create_fails.end()) {
    co_return fails->second;
  }
  co_return Result<void>{};
}
asio::awaitable<Result<void>> FakeDriver::pause(std::string instance) {
  co_await noted("pause " + replica_of(instance));
  const auto fails = pause_fails.find(tasks_.at(instance).service.name);
  if (fails != pause_fails.end()) co_return fails->second;
  co_return Result<void>{};
}
asio::awaitable<Result<void>> FakeDriver::unpause(std::string instance) {
  co_await noted("unpause " + replica_of(instance));
  co_return Result<void>{};
}
asio::awaitable<Result<boost::json::object>> FakeDriver::top(std::string) {
  co_return boost::json::object{};
}
asio::awaitable<Result<boost::json::object>> FakeDriver::look(std::string, std::string) {
  co_return boost::json::object{};
}
asio::awaitable<Result<void>> FakeDriver::read_files(std::string, std::string, base::Fd) {
  co_return Result<void>{};
}
asio::awaitable<Result<void>> FakeDriver::write_files(std::string, std::string, base::Fd) {
  co_return Result<void>{};
}
asio::awaitable<Result<boost::json::array>> FakeDriver::images() { co_return boost::json::array{}; }
asio::awaitable<Result<boost::json::object>> FakeDriver::trust(std::string, std::string) {
  co_return base::Error(base::ErrorKind::unsupported, "it knows no hosts");
}
asio::awaitable<Result<runtime::Fingerprint>> FakeDriver::fingerprint() {
  co_return runtime::Fingerprint{};
}

}  // namespace consort::fakes
