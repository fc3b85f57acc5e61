#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/daemon/instances.h"
#include "core/engine/ports.h"
#include "core/record/store.h"

namespace consort::daemon {

inline constexpr std::string_view project_key = "project";

// What the supervisor remembers, in the durable store:
//
//   project            the project as the last up gave it
//   plugin_dirs        the folders of runtimes that its supervisors were given
//   replica/NAME-N     its status, handle and past instances: rewritten with each change
//   service/NAME-N     the service it was started from: large, written when that changes
class StoreJournal final : public engine::Journal {
 public:
  // `begun` is told of each instance when it is first recorded.
  using Begun = std::function<void(const model::ReplicaId&, const std::string& instance)>;
  StoreJournal(std::unique_ptr<record::Store> store, Begun begun)
      : store_(std::move(store)), begun_(std::move(begun)) {}

  struct Remembered {
    std::optional<model::Project> project;
    std::vector<engine::ReplicaRecord> replicas;
    std::vector<std::string> plugin_dirs;
    std::vector<std::string> problems;  // for people: what could not be read and is left out
  };
  Remembered load();

  base::Result<void> put_plugin_dirs(const std::vector<std::string>& dirs);
  base::Result<void> put_project(const model::Project& project) override;
  base::Result<void> put_replica(const engine::ReplicaRecord& record) override;
  base::Result<void> drop_replica(const model::ReplicaId& id) override;

  const InstancesOf& instances() const { return instances_; }
  const std::vector<std::string>& warnings() const { return store_->warnings(); }

  // Finishes the syncs and lets go of the files. Changes are refused from then on.
  void close() { store_.reset(); }

 private:
  // What tells one service/ entry from another without writing it.
  struct Written {
    std::string hash;
    std::shared_ptr<const model::Service> service;
  };
  void note(const engine::ReplicaRecord& record);
  bool is_written(const engine::ReplicaRecord& record) const;

  std::unique_ptr<record::Store> store_;
  Begun begun_;
  InstancesOf instances_;
  std::map<model::ReplicaId, Written> written_;
};

}  // namespace consort::daemon
