#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <consort/values.hpp>

#include "plugins/process/shim/protocol.h"

namespace consort::process {

// The one small process that shims are forked from (shim/README.md, "Template"). Shims become
// children of this process, not of the template. Not thread-safe: the plugin's thread only.
class ShimTemplate {
 public:
  // Starts `shim --serve`. Takes the lock file first, and so waits until the template of an earlier
  // supervisor has finished what was asked of it: afterwards every shim of it has its record.
  // The error is a sentence.
  static std::variant<ShimTemplate, std::string> launch(const std::string& shim,
                                                        const std::string& lock_file);

  ShimTemplate(ShimTemplate&&) = default;
  ShimTemplate& operator=(ShimTemplate&&) = default;
  ~ShimTemplate();  // closes the socket: the template finishes its requests and ends; reaps it

  // Asks for a start or an adoption; the answer comes by receive() with the same op. What the
  // socket does not take now is kept and sent by flush(). The descriptors (none or three) are
  // passed on and closed.
  void send(shim::Action action, std::uint64_t op, const std::string& instance_dir,
            std::vector<Fd> descriptors = {});
  void flush();
  bool backlog() const { return !waiting_.empty(); }  // watch for writing while true

  // The next answer, or none for now. `ended` is set when the template is gone.
  std::optional<shim::Reply> receive(bool& ended);

  // Whether somebody has stopped it (SIGSTOP).
  bool is_stopped() const;
  // Ends it at once: receive() tells so when the shims that it has made have answered.
  void kill();

  int socket() const { return socket_.get(); }

 private:
  struct Message {
    std::string bytes;
    std::vector<Fd> descriptors;
  };
  ShimTemplate(Fd socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}
  bool transmit(const Message& message);

  Fd socket_;
  pid_t pid_ = 0;
  std::deque<Message> waiting_;
};

}  // namespace consort::process
