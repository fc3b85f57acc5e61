#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/engine/ports.h"
#include "core/model/event.h"

namespace consort::daemon {

// The directories of instances, by id.
class Directories final : public engine::InstanceDirectories {
 public:
  explicit Directories(std::filesystem::path root) : root_(std::move(root)) {}

  // Refuses (`unavailable`) before the supervisor runs out of descriptors: what comes next is a
  // start.
  base::Result<std::string> create(const std::string& instance) override;
  void remove(const std::string& instance) override;
  std::filesystem::path path(const std::string& instance) const { return root_ / instance; }

 private:
  std::filesystem::path root_;
  bool made_ = false;
};

// Which instances belong to a replica, as the journal last heard of it: oldest first, the present
// one last.
using InstancesOf = std::map<model::ReplicaId, std::vector<std::string>>;

}  // namespace consort::daemon
