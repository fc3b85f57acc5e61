#pragma once

#include <consort/host.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "plugins/ssh/bootstrap.h"
#include "plugins/ssh/prompts.h"
#include "plugins/ssh/relay.h"
#include "plugins/ssh/ssh_config.h"

namespace consort::ssh {

// The connection to one host, shared by all that runs there: made when it is first needed, kept
// alive, and made again with a growing, jittered pause as long as something there is ours. What
// only a person can mend (a refused login, another key, a configuration) is not tried again before
// one is at work. One thread, the host's.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Parts {
    asio::any_io_executor executor;
    // Where the host is now: read again for each try, since the agent and the files may change.
    std::function<Target()> target;
    std::shared_ptr<const ShimProgram> shim;
    std::shared_ptr<Prompts> prompts;
    std::function<void()> came;                        // there is a relay
    std::function<void(const std::string& why)> left;  // there was one, or none can be made
  };
  explicit Connection(Parts parts);

  // The relay, once there is one. A try is made at once, unless one is under way or of no use.
  // Throws Error with the outcome of that try, or of the last one.
  Async<std::shared_ptr<Relay>> relay();
  // The relay if there is one now.
  std::shared_ptr<Relay> present() const { return relay_; }
  // Why there is none, "" if there is, none was asked for, or a try is under way or due.
  const std::string& problem() const { return problem_; }
  // That as an error: CONSORT_E_RETRY where it is tried again without a person.
  Error error() const;
  const asio::any_io_executor& executor() const { return parts_.executor; }
  // From now on it is kept, or only made when asked for.
  void keep(bool wanted);
  // A person is at work: it is tried at once, also what was of no use before.
  void retry();
  // Ends it for good.
  void close();

 private:
  static Async<void> run(std::shared_ptr<Connection> self);
  Async<void> attempt();
  Async<void> rest();

  Parts parts_;
  std::shared_ptr<Relay> relay_;
  std::string problem_;
  consort_status status_ = CONSORT_E_RETRY;
  std::uint64_t tries_ = 0;  // that have ended
  bool running_ = false;
  bool trying_ = false;  // the outcome of this try is everybody's
  bool final_ = false;   // it failed for a reason that only a person can mend
  bool asked_ = false;
  bool kept_ = false;
  bool closed_ = false;
  std::uint32_t failures_ = 0;  // since it was last up
  Signal changed_;
  Signal hurry_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace consort::ssh
