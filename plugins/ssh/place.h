#pragma once

#include <consort/host.hpp>
#include <consort/operation.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "plugins/ssh/connection.h"
#include "plugins/ssh/execution.h"
#include "plugins/ssh/instance.h"
#include "plugins/ssh/uploads.h"

namespace consort::ssh {

// What is on one host, and what is done there. One thread, the host's. Every awaitable throws
// Error.
class Place : public std::enable_shared_from_this<Place> {
 public:
  // `folder`: the project's, below the relay's root. `forgotten`: told of an instance that is here
  // no more.
  Place(Host host, asio::any_io_executor executor, std::function<Target()> target,
        std::shared_ptr<const ShimProgram> shim, std::shared_ptr<Prompts> prompts,
        std::string folder, std::function<void(const std::string& instance)> forgotten);

  // Starts it, once; it is watched from then on.
  Async<void> start(Launch launch);
  // The instance, known again, and its state: the relay's word.
  Async<std::string> attach(Launch launch);
  Async<void> stop(std::string instance, int signal, std::chrono::milliseconds grace);
  Async<void> remove(std::string instance);
  Async<int> execute(std::string instance, ExecOrder order, std::uint64_t number);
  Execution* execution(std::uint64_t number);
  Async<Fd> open_input(std::string instance);
  // A request of the relay about an instance: its answer.
  Async<std::string> ask(std::string what, std::string request, std::string instance,
                         std::vector<std::string> more);
  // "" or why it cannot run there; unreachable is an Error.
  Async<std::string> check(Launch launch);
  Async<std::string> list();
  Async<std::map<std::string, std::string>> facts();
  // Judges the key that the host shows, and with a fingerprint records it (consort.trust/1).
  Async<std::string> trust(std::string fingerprint);
  // Removes the project's folder; `purge`: and the shim.
  Async<void> clear(bool purge);

  std::shared_ptr<Instance> find(const std::string& instance) const;
  // A command has come: what a person had to mend may be mended.
  void retry() { connection_->retry(); }
  void close();

 private:
  static Async<void> stop_there(std::shared_ptr<Relay> relay, std::string what,
                                std::vector<std::string> fields);
  std::shared_ptr<Instance> know(Launch launch);
  void forget(const std::string& id);
  void came();
  Execution::Left leaver();
  std::string root(const Relay& relay) const { return relay.fact("root") + "/" + folder_; }
  Async<Launch> with_program(std::shared_ptr<Relay> relay, Launch launch);
  static Async<void> pass_input(std::weak_ptr<Place> weak, std::string instance, Fd from);

  Host host_;
  asio::any_io_executor executor_;
  const std::function<Target()> target_;
  const std::shared_ptr<Prompts> prompts_;
  const std::string folder_;
  const std::function<void(const std::string&)> forgotten_;
  std::shared_ptr<Connection> connection_;
  std::map<std::string, std::shared_ptr<Instance>> instances_;
  std::map<std::uint64_t, std::shared_ptr<Execution>> executions_;
  std::set<std::string> left_;  // folders of commands that a lost connection has left there
  std::uint64_t execs_ = 0;
  bool told_without_shim_ = false;
  bool uploading_ = false;
  Signal uploaded_;
};

}  // namespace consort::ssh
