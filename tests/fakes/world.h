#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "core/engine/supervisor.h"
#include "tests/fakes/fake_driver.h"
#include "tests/fakes/manual_time.h"

namespace consort::fakes {

// Keeps records in memory, and refuses when told to.
struct FakeJournal final : engine::Journal {
  std::optional<model::Project> project;
  std::map<model::ReplicaId, engine::ReplicaRecord> replicas;
  std::optional<base::Error> refuses;
  std::vector<std::string> puts;  // "web-1 starting"
  base::Result<void> put_project(const model::Project& value) override;
  base::Result<void> put_replica(const engine::ReplicaRecord& record) override;
  base::Result<void> drop_replica(const model::ReplicaId& id) override;
  std::vector<engine::ReplicaRecord> records() const;
};

struct FakeEvents final : engine::EventSink {
  std::vector<model::Event> all;
  void publish(model::Event event) override { all.push_back(std::move(event)); }
  // The actions told of a replica ("web-1"), in order, without the empty ones.
  std::vector<std::string> actions(const std::string& replica) const;
  std::vector<std::string> messages() const;
};

struct FakeDirectories final : engine::InstanceDirectories {
  std::set<std::string> made;
  std::optional<base::Error> refuses;
  base::Result<std::string> create(const std::string& instance) override;
  void remove(const std::string& instance) override { made.erase(instance); }
};

struct FakeDrivers final : engine::DriverSource {
  std::map<std::string, runtime::Driver*, std::less<>> known;
  base::Result<runtime::Driver*> driver(std::string_view runtime,
                                        const model::Location& where) override;
};

// What has come of a call of the supervisor: nothing yet, or its result.
template <class T>
using Answer = std::shared_ptr<std::optional<T>>;

// A supervisor with everything around it in a test's hands.
class World {
 public:
  World();
  ~World();

  asio::io_context io;
  ManualTime time;
  FakeDriver driver{io.get_executor(), "process"};
  FakeJournal journal;
  FakeEvents events;
  FakeDirectories directories;
  FakeDrivers drivers;
  std::unique_ptr<engine::Supervisor> supervisor;

  void settle();                          // lets everything happen that needs no time
  void advance(base::Duration duration);  // and what happens in that time
  void replace_supervisor();              // as after a kill -9: nothing is closed properly

  Answer<base::Result<engine::Outcome>> begin(asio::awaitable<base::Result<engine::Outcome>> call);
  Answer<base::Result<model::ExitInfo>> begin(asio::awaitable<base::Result<model::ExitInfo>> call);
  Answer<base::Result<model::ReplicaStatus>> begin(
      asio::awaitable<base::Result<model::ReplicaStatus>> call);
  Answer<base::Result<void>> begin(asio::awaitable<base::Result<void>> call);
  bool completes(asio::awaitable<void> call);

  // Begins `up` and lets it go on as far as it can.
  Answer<base::Result<engine::Outcome>> up(const model::Project& project,
                                           engine::Wait wait = engine::Wait::started,
                                           plan::Options options = {});
  Answer<base::Result<engine::Outcome>> down(std::optional<base::Duration> timeout = {});
  // Takes up what the journal holds.
  bool restore();

  model::ReplicaStatus status(const std::string& replica) const;
  std::string state(const std::string& replica) const;  // "running", "none" if there is none
};

// A service "NAME" of runtime process, at NAME.yaml:1:1, and a project of several.
model::Service service(const std::string& name, const std::vector<std::string>& depends_on = {});
model::Dependency on(model::Condition condition);
model::Project project(std::vector<model::Service> services);
model::ExitInfo exit_code(int code);
// An exec probe with an interval of 10 s and three retries.
model::Probe probe();

}  // namespace consort::fakes
