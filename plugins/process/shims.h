#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <consort/host.hpp>

#include "plugins/process/instance_files.h"
#include "plugins/process/shim_template.h"

namespace consort::process {

// What the owner of a shim is told, on the plugin's thread.
class ShimObserver {
 public:
  virtual ~ShimObserver() = default;
  // The program ended, at most once. Descendants of it may still run.
  virtual void ended(const Exit& exit) = 0;
  // Nothing of the instance runs any more; the last call. ended() came before, if ever.
  virtual void gone() = 0;
};

// All shims that this plugin watches: starts them through the template, hears of their ends by one
// inotify over the exit files and a pidfd each, and takes over what a killed shim leaves behind.
// The plugin's thread only.
class Shims {
 public:
  struct Options {
    std::string shim;      // the executable
    std::string lock;      // of the template
    std::string exit_dir;  // where exit files appear, named by instance
    std::string fifo_dir;  // where shims have their input buffers
  };
  // Throws Error if the exit directory cannot be watched.
  Shims(Host host, Reactor& reactor, Options options);
  ~Shims();

  using Started = std::function<void(const shim::Reply&)>;

  // Starts the instance whose spec is in `directory`. `started` is called once; if its reply has no
  // error, `observer` is told of the rest and must live until gone().
  void start(const std::string& id, const std::string& directory, std::vector<Fd> descriptors,
             ShimObserver& observer, Started started);

  // Why no shim can be started now, "" if it can: it is asked before anything is forked.
  std::string lacks() const;

  // Watches a shim that an earlier plugin started; takes the place of one that was killed. False if
  // nothing of the instance lives. Throws Error (CONSORT_E_RETRY) if that cannot be told now.
  bool watch(const std::string& id, const std::string& directory, ShimObserver& observer);

  // Sends a control signal (shim/protocol.h). One that comes while a killed shim is being replaced
  // is sent to the new one. False if nothing of the instance runs.
  bool order(const std::string& id, int control, std::uint64_t payload);

  bool runs(const std::string& id) const { return shims_.contains(id); }
  // Whether anything of the instance but its shim may live. Throws as watch().
  bool tree_lives(const std::string& id) const;
  // Kills the shim itself: one whose tree is over and whose log nobody wants any more.
  void kill(const std::string& id);
  // The process of the shim, the root of the instance's tree; 0 if it does not run.
  pid_t pid(const std::string& id) const;
  std::string exit_file(const std::string& id) const { return options_.exit_dir + "/" + id; }
  // What a shim that was killed may leave of it.
  std::string reserved_exit_file(const std::string& id) const {
    return options_.exit_dir + "/." + id + ".tmp";
  }

 private:
  enum class Attach { done, gone, later };
  struct Shim {
    std::string directory;
    ShimObserver* observer = nullptr;
    pid_t pid = 0;
    Fd pidfd;
    bool ended = false;                                 // told
    bool adopting = false;                              // a shim to replace it was asked for
    int tries = 0;                                      // in vain, to watch or replace it
    std::uint64_t timer = 0;                            // of the next try
    std::vector<std::pair<int, std::uint64_t>> orders;  // for the shim to come
  };
  struct Pending {
    std::string id;
    std::string directory;
    ShimObserver* observer;
    Started started;  // empty: an adoption
    bool has_descriptors = false;
    bool again = false;  // asked for a second time, of another template
  };

  void request(shim::Action action, Pending pending, std::vector<Fd> descriptors);
  void use_template();
  void template_ready(std::uint32_t ready);
  void template_ended();
  void watch_template();
  void replied(const shim::Reply& reply);
  void adopted(const std::string& id, const shim::Reply& reply);
  void began(Pending pending, const shim::Reply& reply, const Identity& identity);
  void unanswered_by_template(Pending pending);
  void expect_answer();
  void check_template();
  Attach attach(const std::string& id, Shim& shim, const Identity& identity);
  void attend(const std::string& id);
  void attend_later(const std::string& id);
  void take_up(const std::string& id);
  bool left_behind(const std::string& id, const Exit& exit) const;
  void exits_ready();
  void tell_exit(const std::string& id);
  void finish(const std::string& id);

  Host host_;
  Reactor& reactor_;
  Options options_;
  std::optional<ShimTemplate> template_;
  std::chrono::steady_clock::time_point template_heard_;
  std::uint64_t template_check_ = 0;  // timer
  std::uint64_t next_op_ = 1;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::unordered_map<std::string, Shim> shims_;
  Fd exits_;  // inotify
};

}  // namespace consort::process
