#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/runtime/driver.h"

namespace consort::fakes {

namespace asio = boost::asio;
using base::Result;

// A runtime of which a test decides everything. What it does not decide goes well, after one turn
// of the loop. Calls are noted as "start web-1", "stop web-1 SIGINT 2s", in order.
class FakeDriver final : public runtime::Driver {
 public:
  FakeDriver(asio::any_io_executor executor, std::string name);

  // Told when an instance ends.
  std::function<void(const std::string& instance, const model::ExitInfo&)> exited;

  // Decisions, by service.
  std::map<std::string, base::Error> start_fails;  // each start, until it is erased
  std::map<std::string, base::Error> stop_fails;
  std::map<std::string, base::Error> remove_fails;
  std::map<std::string, base::Error> create_fails;
  std::map<std::string, base::Error> pause_fails;
  std::map<std::string, std::vector<runtime::Finding>> findings;
  std::vector<runtime::ServiceProblem> unprepared;
  std::map<std::string, std::string> outdated;                // by replica: why
  std::vector<boost::json::object> prepared;                  // what prepare was given
  std::map<std::string, Result<runtime::Attached>> attaches;  // default: running
  std::map<std::string, int> exec_codes;                      // default: 0
  std::map<std::string, std::string> exec_output;
  std::set<std::string> silent;    // stop succeeds, but nothing is told
  std::set<std::string> stubborn;  // signals do not end it
  bool can_validate = true;

  // Calls whose note begins with `prefix` do not complete before release().
  void hold(std::string prefix) { held_.insert(std::move(prefix)); }
  void release(const std::string& prefix);

  // Ends the present instance of a service's replica, as if by itself.
  void end(const std::string& replica, model::ExitInfo exit);

  const std::vector<std::string>& calls() const { return calls_; }
  std::vector<std::string> take_calls() { return std::exchange(calls_, {}); }
  std::size_t count(const std::string& call) const;
  std::string instance(const std::string& replica) const { return last_.at(replica); }
  const runtime::Task& task(const std::string& replica) const {
    return tasks_.at(last_.at(replica));
  }
  std::set<std::string> running() const;                      // replicas, by name
  std::size_t most_waiting() const { return most_waiting_; }  // calls under way at once

  const std::string& name() const override { return name_; }
  bool has(std::string_view) const override { return true; }
  asio::awaitable<Result<runtime::Started>> start(runtime::Task task) override;
  asio::awaitable<Result<runtime::Attached>> attach(runtime::Task task,
                                                    std::string handle) override;
  asio::awaitable<Result<void>> stop(std::string instance, std::string signal,
                                     base::Duration grace) override;
  asio::awaitable<Result<void>> remove(std::string instance, runtime::Removal how) override;
  asio::awaitable<Result<std::vector<runtime::Finding>>> validate(runtime::Task task) override;
  asio::awaitable<Result<int>> exec(std::string instance, runtime::ExecRequest request,
                                    std::function<void(std::uint64_t)> started) override;
  void exec_resize(std::uint64_t, std::uint16_t, std::uint16_t) override {}
  void exec_cancel(std::uint64_t exec) override { cancelled_.push_back(exec); }
  asio::awaitable<Result<base::Fd>> open_stdin(std::string instance) override;
  asio::awaitable<Result<void>> close_stdin(std::string instance) override;
  asio::awaitable<Result<void>> show_output(std::string instance, base::Fd out,
                                            base::Fd err) override;
  void resize(std::string, std::uint16_t, std::uint16_t) override {}
  asio::awaitable<Result<void>> signal(std::string instance, std::string signal) override;
  asio::awaitable<Result<boost::json::object>> stats(std::string instance) override;
  asio::awaitable<Result<std::vector<std::pair<std::string, bool>>>> list() override;
  asio::awaitable<Result<runtime::Fingerprint>> fingerprint() override;
  asio::awaitable<Result<runtime::Prepared>> prepare(boost::json::object project) override;
  asio::awaitable<Result<void>> release(boost::json::object options) override;
  asio::awaitable<Result<std::vector<runtime::ServiceProblem>>> pull_images(
      boost::json::object project) override;
  asio::awaitable<Result<std::vector<runtime::ServiceProblem>>> build_images(
      boost::json::object project) override;
  asio::awaitable<Result<boost::json::array>> images() override;
  void answer(std::uint64_t, runtime::Answer) override {}
  void change_environment(boost::json::object) override {}
  asio::awaitable<Result<boost::json::object>> trust(std::string host,
                                                     std::string fingerprint) override;
  asio::awaitable<Result<void>> create(runtime::Task task) override;
  asio::awaitable<Result<void>> pause(std::string instance) override;
  asio::awaitable<Result<void>> unpause(std::string instance) override;
  asio::awaitable<Result<boost::json::object>> top(std::string instance) override;
  asio::awaitable<Result<boost::json::object>> look(std::string, std::string) override;
  asio::awaitable<Result<void>> read_files(std::string, std::string, base::Fd) override;
  asio::awaitable<Result<void>> write_files(std::string, std::string, base::Fd) override;

 private:
  struct Gate;
  asio::awaitable<void> noted(std::string call);
  std::string replica_of(const std::string& instance) const;

  asio::any_io_executor executor_;
  std::string name_;
  std::vector<std::string> calls_;
  std::set<std::string> held_;
  std::multimap<std::string, std::shared_ptr<Gate>> waiting_;
  std::size_t most_waiting_ = 0;
  std::map<std::string, std::string> last_;     // replica -> instance
  std::map<std::string, runtime::Task> tasks_;  // instance -> task
  std::set<std::string> running_;               // instances
  std::vector<std::uint64_t> cancelled_;
  std::uint64_t execs_ = 0;
};

}  // namespace consort::fakes
