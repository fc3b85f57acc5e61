#include "core/engine/strays.h"

#include <algorithm>
#include <charconv>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace consort::engine {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::asio::awaitable;
namespace asio = base::asio;

std::optional<model::ReplicaId> replica_of_instance(std::string_view instance) {
  const std::size_t mark = instance.rfind('-');
  if (mark == std::string_view::npos || mark + 1 == instance.size()) return std::nullopt;
  const std::string_view replica = instance.substr(0, mark);
  const std::size_t dash = replica.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const std::string_view number = replica.substr(dash + 1);
  std::uint32_t index = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
  if (error != std::errc() || end != number.data() + number.size() || index == 0) {
    return std::nullopt;
  }
  return model::ReplicaId{std::string(replica.substr(0, dash)), index};
}

void adopt_strays(const std::optional<model::Project>& project, std::vector<ReplicaRecord>& records,
                  const std::vector<Stray>& strays) {
  std::set<model::ReplicaId> adopted;
  for (const auto& stray : strays) {
    const auto id = stray.running ? replica_of_instance(stray.instance) : std::nullopt;
    if (!id || adopted.contains(*id)) continue;
    auto record = std::ranges::find_if(
        records, [&](const ReplicaRecord& one) { return one.status.id == *id; });
    if (record == records.end()) {
      if (!project || !project->services.contains(id->service)) continue;
      record = records.emplace(record);
      record->status.id = *id;
      record->service = std::make_shared<const model::Service>(project->services.at(id->service));
    }
    if (record->service->runtime != stray.runtime) continue;
    if (!record->status.instance.empty()) record->past.push_back(record->status.instance);
    record->status.instance = stray.instance;
    record->status.state = model::State::unknown;
    record->status.pid = 0;
    record->handle.clear();
    record->wanted_running = true;
    record->hash.clear();
    adopted.insert(*id);
  }
}

// What the ends under way share; whoever waits for them is woken by the last.
class Strays::Ending {
 public:
  Ending(std::shared_ptr<asio::steady_timer> done, std::shared_ptr<std::vector<Error>> problems)
      : done_(std::move(done)), problems_(std::move(problems)) {}
  ~Ending() { done_->cancel(); }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

  void failed(Error problem) { problems_->push_back(std::move(problem)); }

 private:
  std::shared_ptr<asio::steady_timer> done_;
  std::shared_ptr<std::vector<Error>> problems_;
};

void Strays::suspect(std::set<std::string> runtimes, bool lost) {
  runtimes_ = std::move(runtimes);
  lost_ = lost;
}

awaitable<Result<std::vector<Stray>>> Strays::list(std::string runtime, Known known) {
  std::vector<Stray> strays;
  auto driver = workshop_.drivers.driver(runtime, model::Location());
  if (!driver) co_return driver.error();
  auto listed = co_await (*driver)->list();
  if (!listed) {
    if (listed.error().kind() == ErrorKind::unsupported) co_return strays;
    co_return listed.error();
  }
  for (auto& [instance, running] : *listed) {
    if (!known(instance)) strays.push_back({runtime, std::move(instance), running});
  }
  co_return strays;
}

awaitable<std::vector<Stray>> Strays::find(Known known) {
  std::vector<Stray> all;
  const auto runtimes = runtimes_;
  for (const auto& runtime : runtimes) {
    auto found = co_await list(runtime, known);
    if (!found) continue;
    if (found->empty()) runtimes_.erase(runtime);
    all.insert(all.end(), found->begin(), found->end());
  }
  co_return all;
}

awaitable<Result<void>> Strays::end(Known known, base::Duration grace) {
  const auto executor = co_await asio::this_coro::executor;
  const auto problems = std::make_shared<std::vector<Error>>();
  const auto done =
      std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  auto ending = std::make_shared<Ending>(done, problems);
  std::set<std::string> answered;
  const auto runtimes = runtimes_;
  for (const auto& runtime : runtimes) {
    auto found = co_await list(runtime, known);
    if (!found) {
      if (lost_) {
        ending->failed(found.error().wrap("cannot tell what runtime " + runtime +
                                          " still runs of this project, whose record was lost"));
      }
      continue;
    }
    answered.insert(runtime);
    auto driver = workshop_.drivers.driver(runtime, model::Location());
    if (!driver) continue;
    for (const auto& stray : *found) {
      if (stray.running) {
        say("the record does not know " + stray.instance + ", which runs: it is stopped");
      }
      workshop_.tasks.spawn("stray", end_one(ending, *driver, stray.instance, grace));
    }
  }
  const std::weak_ptr<Ending> open = ending;
  ending.reset();
  while (!open.expired()) {
    boost::system::error_code ignored;
    co_await done->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (!problems->empty()) co_return problems->front();
  for (const auto& runtime : answered) runtimes_.erase(runtime);
  co_return Result<void>();
}

awaitable<void> Strays::end_one(std::shared_ptr<Ending> ending, runtime::Driver* driver,
                                std::string instance, base::Duration grace) {
  const std::string what = "cannot stop " + instance + ", which the record does not know";
  auto directory = workshop_.directories.create(instance);
  if (!directory) co_return ending->failed(directory.error().wrap(what));
  runtime::Task task;
  task.instance = instance;
  task.instance_dir = std::move(*directory);
  std::string handle;
  auto attached = co_await driver->attach(std::move(task), std::move(handle));
  if (!attached) co_return ending->failed(attached.error().wrap(what));
  std::string signal;
  auto stopped = co_await driver->stop(instance, std::move(signal), grace);
  if (!stopped) co_return ending->failed(stopped.error().wrap(what));
  auto removed = co_await driver->remove(instance, runtime::Removal::forced);
  if (!removed) co_return ending->failed(removed.error().wrap(what));
  workshop_.directories.remove(instance);
}

void Strays::say(std::string message) {
  model::Event event;
  event.type = "supervisor";
  event.message = std::move(message);
  workshop_.events.publish(std::move(event));
}

}  // namespace consort::engine
