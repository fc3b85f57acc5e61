#pragma once

#include <consort/operation.hpp>
#include <consort/values.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "plugins/ssh/relay.h"

namespace consort::ssh {

// What to run beside an instance, copied from a request.
struct ExecOrder {
  std::vector<std::string> records;  // exec_records
  Fd in, out, err;
  bool tty = false;
  std::chrono::milliseconds timeout{0};
};

// One command on a host: a shim of its own on a channel of its own, and its exit code by the exit
// file. One thread, the host's.
class Execution : public std::enable_shared_from_this<Execution> {
 public:
  using Left = std::function<void(const std::string& directory)>;
  // `directory`: a folder below the relay's root that is its own. `left`: told where the connection
  // is lost before that is gone, and what runs there ended.
  Execution(std::shared_ptr<Relay> relay, std::string directory, ExecOrder order, Left left);

  // Its exit code, once it has ended and its output is written, or its time is over. What is left
  // of it on the host ends. Throws Error: CONSORT_E_RETRY if the connection was lost.
  Async<int> run();
  void resize(std::uint16_t rows, std::uint16_t columns);
  void cancel();  // kills its tree, or gives up to wait for a channel

  // Ends what runs there and removes the folder.
  static Async<void> clean(std::shared_ptr<Relay> relay, std::string directory, Left left);

 private:
  using Pipe = asio::posix::stream_descriptor;

  static Async<void> work(std::shared_ptr<Execution> self);
  Async<int> run_it();
  void tell(const std::string& message);
  void overdue();
  static Async<void> order_now(std::shared_ptr<Relay> relay, std::string op,
                               std::vector<std::string> fields);
  void order(std::string op, std::vector<std::string> fields);
  static Async<void> pass_input(std::shared_ptr<Execution> self, std::shared_ptr<Channel> channel);
  static Async<void> pass_output(std::shared_ptr<Execution> self, std::shared_ptr<Channel> channel,
                                 Fd to, bool error_output);

  std::shared_ptr<Relay> relay_;
  std::string directory_;
  ExecOrder order_;
  Left left_;
  const std::shared_ptr<Session::Claim> claim_ = std::make_shared<Session::Claim>();
  std::unique_ptr<Pipe> input_;
  int outputs_ = 0;  // that are still passed on
  bool started_ = false;
  bool cancelled_ = false;
  bool overdue_ = false;
  bool ended_ = false;
  int code_ = 0;
  std::exception_ptr failed_;
  Signal done_;
};

}  // namespace consort::ssh
