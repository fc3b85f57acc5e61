#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "core/engine/ports.h"
#include "core/model/event.h"

namespace consort::daemon {

// The directories of instances, by id. On the executor's thread.
class Directories final : public engine::InstanceDirectories {
 public:
  Directories(boost::asio::any_io_executor executor, std::filesystem::path root)
      : executor_(std::move(executor)), root_(std::move(root)) {}
  ~Directories() override;
  Directories(const Directories&) = delete;
  Directories& operator=(const Directories&) = delete;

  // Refuses (`unavailable`) before the supervisor runs out of descriptors: what comes next is a
  // start.
  base::Result<std::string> create(const std::string& instance) override;
  // Soon, one at a time between what else is to be done, at the latest in the destructor: a hundred
  // of them take long enough to be felt, and the runtimes have to wind up meanwhile.
  void remove(const std::string& instance) override;
  std::filesystem::path path(const std::string& instance) const { return root_ / instance; }

 private:
  void remove_soon();
  void remove_next();

  boost::asio::any_io_executor executor_;
  std::filesystem::path root_;
  bool made_ = false;
  std::deque<std::string> removed_;  // but still there
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// Which instances belong to a replica, as the journal last heard of it: oldest first, the present
// one last.
using InstancesOf = std::map<model::ReplicaId, std::vector<std::string>>;

}  // namespace consort::daemon
