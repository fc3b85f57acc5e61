#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/event.h"
#include "core/model/project.h"
#include "core/runtime/driver.h"

// What the engine needs of others; it declares it, daemon/ provides it. All on the core's thread.
namespace consort::engine {

// What is remembered of a replica, so that a supervisor that replaces a dead one can go on.
struct ReplicaRecord {
  model::ReplicaStatus status;
  std::string handle;          // the runtime's, from start
  bool wanted_running = true;  // stopped by hand: false
  bool one_off = false;        // of `run`
  std::string hash;            // change_hash of the service it was started from
  // That service, so that a changed one can still be stopped rightly.
  std::shared_ptr<const model::Service> service;
  std::vector<std::string> past;  // earlier instances whose logs are kept, oldest first
};

// The durable record. `put` before the runtime is asked to start: nothing runs unrecorded.
class Journal {
 public:
  virtual ~Journal() = default;
  virtual base::Result<void> put_project(const model::Project& project) = 0;
  virtual base::Result<void> put_replica(const ReplicaRecord& record) = 0;
  virtual base::Result<void> drop_replica(const model::ReplicaId& id) = 0;
};

// Where events go. Never blocks, never fails.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void publish(model::Event event) = 0;
};

// Gives the driver of a service's runtime, loading its plugin when it is first asked for. The error
// names the line that asked.
class DriverSource {
 public:
  virtual ~DriverSource() = default;
  virtual base::Result<runtime::Driver*> driver(std::string_view runtime,
                                                const model::Location& where) = 0;
};

// The directories of instances: made before the start, removed with the instance's record.
class InstanceDirectories {
 public:
  virtual ~InstanceDirectories() = default;
  virtual base::Result<std::string> create(const std::string& instance) = 0;
  virtual void remove(const std::string& instance) = 0;
};

// Time and chance, so that tests need not wait or guess. Where none is given, Asio's timers and a
// random generator are used.
class TimerSource {
 public:
  virtual ~TimerSource() = default;
  // Calls `due` once, on the core's thread and never from within start(). Returns an id, never 0.
  virtual std::uint64_t start(base::Duration delay, std::function<void()> due) = 0;
  virtual void cancel(std::uint64_t timer) = 0;  // of an id that is due or unknown: nothing
  virtual double jitter() = 0;                   // in [0, 1)
};

}  // namespace consort::engine
