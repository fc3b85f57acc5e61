#pragma once

#include <map>
#include <memory>
#include <string>

#include "plugins/docker/attachment.h"
#include "plugins/docker/container_body.h"
#include "plugins/docker/engine.h"
#include "plugins/docker/image_facts.h"
#include "plugins/docker/log_follower.h"
#include "plugins/docker/run_record.h"

namespace consort::docker {

// One instance that has been started or attached.
struct Container {
  Container(std::string instance_id, Reactor& reactor)
      : instance(std::move(instance_id)), ended(reactor) {}

  std::string instance;
  std::string id;
  std::string started_before;  // the container's StartedAt, as long as this has not started
  bool tty = false;
  bool own_health = false;  // the image's check counts
  json::array ports;        // that the engine has chosen
  std::string command;      // that runs in it
  bool answered = false;    // its start or attach has completed
  std::optional<Exit> exit;
  Event ended;
  std::shared_ptr<LogFollower> log;
  std::shared_ptr<Attachment> attachment;  // of its stdin; a one-off's also brings its output
  LogCursor log_before;
  json::array pre_stop;  // commands to run in it before it is stopped

  // `ports` and `command` as the ABI's start and attach answer.
  std::string answer() const;
};
using ContainerPtr = std::shared_ptr<Container>;

// What the start of an instance needs, copied from the task.
struct StartOrder {
  Replica replica;
  json::value service;
  bool own_health = false;  // the image's check counts
  ImageFacts image;
  bool fresh = false;  // a stopped container of the same replica is not used again
  bool renew = false;  // nor are its anonymous volumes
};

// The containers of one project: starts them, knows what became of them, removes them. What it is
// asked for throws Error; exits are told to the host, after the start has completed and the log is
// stored.
class Containers {
 public:
  Containers(Host host, Engine& engine, Scope& scope, std::string project, std::string folder);

  // Both give the instance with `answered` still false: set it when the operation is completed.
  Async<ContainerPtr> start(StartOrder order);
  // Null: gone.
  Async<ContainerPtr> attach(std::string instance, std::string handle, json::value service);
  void answered(const ContainerPtr& container);

  Async<void> stop(std::string instance, std::string signal, std::chrono::milliseconds grace);
  // `volumes`: with those that have no name.
  Async<void> remove(std::string instance, bool force, bool volumes);
  // The container that start() would run, not running.
  Async<void> create(StartOrder order);
  // Of an instance, running or not; throws NOT_FOUND.
  Async<std::string> container_of(std::string instance);

  // Whether it knows of no container at all.
  bool none() const { return records_.none() && containers_.empty(); }
  ContainerPtr find(std::string_view instance) const;
  // The one that runs as this instance; throws NOT_FOUND.
  ContainerPtr running(std::string_view instance) const;
  void resume_log(std::string_view instance);
  // A descriptor to write its stdin to.
  Async<int> open_input(ContainerPtr container);

  // The engine says that something happened to a container.
  void changed(std::string_view container_id);
  void health_is(std::string_view container_id, std::string_view health);
  // It was away and is back: looks at all of them.
  Async<void> look_at_all();
  // {"instance", "running"} of every container of the project.
  Async<json::array> list();
  // The instance that a container of the engine's list stands for.
  std::string instance_of(const json::value& listed) const;
  // What stands in the way of a start: a container of this name that Consort did not start.
  Async<std::string> obstacle(Replica replica, json::value service);

  // Anonymous volumes of what was removed, for `down --volumes`.
  std::vector<std::string> take_loose_volumes() { return std::exchange(loose_volumes_, {}); }

 private:
  Async<json::value> inspect(std::string container);  // null: there is none
  Async<RunRecord> place(const StartOrder& order, ContainerPlan& plan);
  Async<std::string> make(const ContainerPlan& plan);  // "": the name is taken
  Async<bool> has_its_networks(const json::value& inspected);
  Async<void> complete(const std::string& id, const ContainerPlan& plan);
  Async<void> run(const std::string& id, const StartOrder& order);
  Async<void> run_post_start(ContainerPtr container, json::value service);
  void tell_hooks_again(const std::string& instance);
  Async<void> run_pre_stop(ContainerPtr container, std::chrono::milliseconds limit);
  Async<std::string> holder_of_port(std::string message);
  // Anonymous ones of a container that goes: for `down -v`.
  void leave_volumes(const json::value& container);
  Async<void> discard(std::string id, bool volumes);
  Async<void> look(ContainerPtr container);
  void judge(const ContainerPtr& container, const json::value& inspected);
  Async<void> tell_exit(ContainerPtr container);
  Async<void> drained(const Container& container);
  void follow_log(const ContainerPtr& container);
  Async<void> run_log(ContainerPtr container, std::shared_ptr<LogFollower> log);
  void tell_health(const Container& container, std::string_view health, std::string_view why = {});
  Async<void> tell_unhealthy(ContainerPtr container);
  ContainerPtr make(const std::string& instance);
  Async<std::string> id_of(std::string instance);

  Host host_;
  Engine& engine_;
  Scope& scope_;
  const std::string project_;
  RunRecords records_;
  std::map<std::string, ContainerPtr, std::less<>> containers_;
  std::vector<std::string> loose_volumes_;
};

}  // namespace consort::docker
