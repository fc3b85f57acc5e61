#pragma once

#include <map>
#include <string>
#include <string_view>

#include "plugins/docker/log_cursor.h"

namespace consort::docker {

// Which container an instance runs as: a container that is started again runs as another instance,
// and labels cannot be changed. Written before the container is started, so that a start that was
// cut short is told from one that ended.
struct RunRecord {
  std::string container;       // its id
  std::string started_before;  // the container's StartedAt before this instance's start
  LogCursor log_before;        // how far its log belongs to earlier instances
  bool one_off = false;
  bool hooks_due = false;  // how its post_start has ended is not known
};

// The records of a project's instances: a small file each in one folder, and in memory.
class RunRecords {
 public:
  // Reads them; makes the folder. Throws Error.
  explicit RunRecords(std::string folder);

  bool none() const { return records_.empty(); }
  const RunRecord* find(const std::string& instance) const;
  void write(const std::string& instance, RunRecord record);  // throws Error
  void remove(const std::string& instance);
  // Another instance that ran as this container too; "" if there is none.
  std::string other_of(const std::string& container, const std::string& than) const;

 private:
  std::string folder_;
  std::map<std::string, RunRecord> records_;
};

// Replaces a file at once. Throws Error.
void write_file(const std::string& path, std::string_view content);
std::string read_file(const std::string& path);  // "" where there is none

}  // namespace consort::docker
