#pragma once

#include <consort/host.hpp>
#include <consort/logs.hpp>
#include <consort/operation.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "plugins/ssh/connection.h"
#include "plugins/ssh/launch.h"
#include "plugins/ssh/log_lines.h"

namespace consort::ssh {

// One instance on a host: its log comes into the core's store and its end is told, over as many
// connections as it takes. One thread, the host's.
class Instance : public std::enable_shared_from_this<Instance> {
 public:
  // `path`: its folder below the relay's root.
  Instance(Host host, std::shared_ptr<Connection> connection, Launch launch, std::string path);

  const Launch& launch() const { return launch_; }
  const std::string& id() const { return launch_.instance; }
  // Its folder on the host that `relay` serves.
  std::string directory(const Relay& relay) const { return relay.fact("root") + "/" + path_; }

  // From now on it is watched, until it is over or left.
  void watch();
  void leave();
  bool watched() const { return watching_; }
  // Until the watch has come to what it is now, everything written before stored; at most so long.
  // The state is the relay's word: running, exited, over, lost, rebooted, missing; "" if not yet
  // known.
  Async<std::string> state(std::chrono::milliseconds patience);
  const std::optional<Exit>& exit() const { return exit_; }
  // Until nothing of it runs and that was told; at most so long.
  Async<void> over(std::chrono::milliseconds patience);

  // The store has room again.
  void resume() { room_.wake(); }
  // The host came or went.
  void reached();
  void lost(const std::string& why);

 private:
  static Async<void> follow(std::shared_ptr<Instance> self);
  // Requests for what comes next, in order.
  using Ahead = std::shared_ptr<std::deque<Relay::Request>>;
  Async<bool> follow_on(std::shared_ptr<Relay> relay, Ahead ahead);
  void follow_from(const std::shared_ptr<Relay>& relay, const LogPlace& place, const Ahead& ahead);
  Async<bool> store(std::shared_ptr<Relay> relay, LogPlace at, std::string_view bytes);
  Async<void> begin_segment(std::shared_ptr<Relay> relay, LogPlace at);
  bool take_state(const std::string& word, std::string_view exit_file);
  bool ended() const;

  Host host_;
  LogSink sink_;
  std::shared_ptr<Connection> connection_;
  Launch launch_;
  std::string path_;
  std::optional<LogPlace> place_;
  std::string word_;
  std::optional<Exit> exit_;
  bool watching_ = false;
  bool left_ = false;
  bool far_ = false;  // told to be out of reach
  Signal told_;
  Signal room_;
  Signal connected_;
};

}  // namespace consort::ssh
