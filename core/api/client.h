#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "core/api/protocol.h"
#include "core/base/file.h"

namespace consort::api {

// What ends the wait for an answer before it has come.
struct Wait {
  int interrupt_fd = -1;                // becomes readable to give up (`cancelled`); < 0: nothing
  std::chrono::milliseconds at_most{};  // for the whole answer (`unavailable`); 0: for ever
};

// A blocking client of one supervisor, for the CLI. Not thread-safe; opens a connection per
// request, so that one may be made from the lines of another. Errors: `unavailable` when nobody
// listens ("no supervisor runs for ..."), or who listens takes no connection for some seconds.
class Client {
 public:
  explicit Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

  // Variables of this process that count for what the supervisor does from now on: sent with every
  // POST.
  void tell_environment(const std::map<std::string, std::string>& environment);

  // GET/POST with a JSON answer. An ErrorReply becomes the Error.
  base::Result<boost::json::value> get(std::string_view target, Wait wait = {});
  base::Result<boost::json::value> post(std::string_view target, const boost::json::value& body);

  // Does anybody take connections, be it without answering?
  bool listens() const;

  // Reads the answer line by line (without the newline) as it comes; `line` returns false to stop.
  // Ends at the end of the answer. `interrupt_fd`, if >= 0, becomes readable to give up.
  using Line = std::function<bool(std::string_view)>;
  base::Result<void> get_lines(std::string_view target, const Line& line, int interrupt_fd = -1);
  base::Result<void> post_lines(std::string_view target, const boost::json::value& body,
                                const Line& line, int interrupt_fd = -1);

  // POST with Upgrade; returns the connected socket, positioned at the first frame.
  base::Result<base::Fd> upgrade(std::string_view target, const boost::json::value& body);

 private:
  std::filesystem::path socket_;
  std::string environment_;  // as the header has it, "" for none
};

}  // namespace consort::api
