#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/ssh/bootstrap.h"
#include "plugins/ssh/session.h"

namespace consort::ssh {

// This side of the relay's protocol (plugins/process/shim/relay.h), over one channel. One thread.
// Ends with its session, or when its host has been silent for too long.
class Relay : public std::enable_shared_from_this<Relay> {
 public:
  struct Reply {
    enum class Status { ok, missing, failed } status = Status::failed;
    std::string text;
    bool ok() const { return status == Status::ok; }
  };

  // Takes over the channel on which the relay was started; reads its greeting. Throws Error.
  static Async<std::shared_ptr<Relay>> meet(Bootstrapped started,
                                            std::chrono::milliseconds alive_interval,
                                            int alive_count);

  // Throws Error: CONSORT_E_RETRY when the connection is lost before the answer.
  Async<Reply> ask(std::string op, std::vector<std::string> fields);
  // The same, where anything but ok is an Error: "cannot WHAT on HOST: ...".
  Async<std::string> demand(std::string what, std::string op, std::vector<std::string> fields);

  // The two halves of demand(): a request that is under way while something else is done.
  struct Waiting;
  using Request = std::shared_ptr<Waiting>;
  // Called once, as soon as the first line of a good answer is there and `rest` more bytes are to
  // come or have come.
  using Begun = std::function<void(std::string_view line, std::size_t rest)>;
  Request send(std::string op, std::vector<std::string> fields, Begun begun = {});
  Async<std::string> answer(std::string what, Request request);

  // Of the greeting: home, root, shim, machine, ...; "" if it does not say.
  std::string fact(const std::string& key) const;
  const std::map<std::string, std::string>& facts() const { return facts_; }
  // Why the launcher is there in the shim's place: it answers at once where the relay waits, and is
  // asked again. "": the shim is there.
  const std::string& without_shim() const { return without_shim_; }
  Session& session() { return *session_; }

 private:
  Async<Reply> reply_to(Request request);

  explicit Relay(Bootstrapped started);
  static Async<void> read_all(std::weak_ptr<Relay> weak, std::shared_ptr<Channel> channel);
  static Async<void> show_errors(std::shared_ptr<Channel> channel);
  static Async<void> watch(std::weak_ptr<Relay> weak, std::chrono::milliseconds interval,
                           int count);
  static Async<void> flush(std::shared_ptr<Relay> self);
  void take();
  static void begin(Waiting& waiting, std::string_view text, std::size_t length);

  std::shared_ptr<Session> session_;
  std::shared_ptr<Channel> channel_;
  std::string without_shim_;
  std::string input_;
  std::string output_;
  bool sending_ = false;
  std::uint64_t last_id_ = 0;
  std::map<std::string, Request, std::less<>> waiting_;
  std::map<std::string, std::string> facts_;
  std::chrono::steady_clock::time_point heard_;
};

}  // namespace consort::ssh
