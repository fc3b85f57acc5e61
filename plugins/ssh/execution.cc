#include "plugins/ssh/execution.h"

#include <cstdio>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include "plugins/ssh/bootstrap.h"
#include "plugins/ssh/deadline.h"
#include "plugins/ssh/exit_file.h"

namespace consort::ssh {
namespace {

constexpr std::size_t piece = 64 << 10;
constexpr std::chrono::milliseconds asked_again{50};
constexpr int overdue_code = 124;  // as timeout(1) has it

// As in a shell: 127 where the far side has no such program, 126 where it cannot be run; 0: it
// refuses for something else.
int code_of(const std::string& refusal) {
  if (!refusal.starts_with("cannot run ")) return 0;
  const bool missing = refusal.ends_with(": No such file or directory") ||
                       refusal.find(": it is not in PATH (") != std::string::npos;
  return missing ? 127 : 126;
}

}  // namespace

Execution::Execution(std::shared_ptr<Relay> relay, std::string directory, ExecOrder order,
                     Left left)
    : relay_(std::move(relay)),
      directory_(std::move(directory)),
      order_(std::move(order)),
      left_(std::move(left)),
      done_(relay_->session().executor()) {
  claim_->brief = order_.timeout.count() > 0;
}

// Its time goes by while it waits for a channel, or for a host that does not answer.
Async<int> Execution::run() {
  const auto self = shared_from_this();
  const auto& executor = relay_->session().executor();
  std::optional<Deadline> deadline;
  if (order_.timeout.count() > 0) {
    deadline.emplace(executor, order_.timeout, [weak = weak_from_this()] {
      if (const auto late = weak.lock()) late->overdue();
    });
  }
  asio::co_spawn(executor, work(self), asio::detached);
  while (!ended_ && !overdue_) co_await done_.wait();
  if (overdue_ && started_) co_return overdue_code;
  if (overdue_) {
    throw Error(CONSORT_E_RETRY, "cannot execute on " + relay_->session().host() +
                                     ": it did not begin in time; the host does not answer, or "
                                     "its sessions (MaxSessions of its sshd) are in use");
  }
  if (failed_) std::rethrow_exception(failed_);
  co_return code_;
}

Async<void> Execution::work(std::shared_ptr<Execution> self) {
  try {
    self->code_ = co_await self->run_it();
  } catch (const Error& e) {
    const bool lost = self->started_ && e.status() == CONSORT_E_RETRY;
    const std::string what = lost ? "the connection was lost while it ran: " : "";
    self->failed_ = std::make_exception_ptr(Error(e.status(), what + e.what()));
  }
  self->input_.reset();
  self->ended_ = true;
  self->done_.wake();
  // What it left behind ends with it: an exec has no later stop.
  co_await clean(self->relay_, self->directory_, self->left_);
}

Async<int> Execution::run_it() {
  std::vector<std::string> fields{directory_};
  fields.insert(fields.end(), order_.records.begin(), order_.records.end());
  const Relay::Reply prepared = co_await relay_->ask("prepare", std::move(fields));
  if (!prepared.ok()) {
    if (const int code = code_of(prepared.text); code != 0) {
      tell(prepared.text);
      for (Fd* fd : {&order_.in, &order_.out, &order_.err}) fd->reset();
      co_return code;
    }
    throw Error(CONSORT_E_FAILED,
                "cannot run it on " + relay_->session().host() + ": " + prepared.text);
  }
  auto channel = co_await relay_->session().execute(run_command, claim_);
  const std::string order =
      relay_->fact("shim") + "\n" + relay_->fact("launcher") + "\n" + directory_ + "\n";
  co_await channel->write(order);
  started_ = true;

  const auto& executor = relay_->session().executor();
  if (order_.in) {
    input_ = std::make_unique<Pipe>(executor, order_.in.release());
    asio::co_spawn(executor, pass_input(shared_from_this(), channel), asio::detached);
  } else {
    co_await channel->end_input();
  }
  outputs_ = 2;
  asio::co_spawn(executor, pass_output(shared_from_this(), channel, std::move(order_.out), false),
                 asio::detached);
  asio::co_spawn(executor, pass_output(shared_from_this(), channel, std::move(order_.err), true),
                 asio::detached);
  if (cancelled_) cancel();
  const std::vector<std::string> own{directory_};
  Relay::Reply result = co_await relay_->ask("result", own);
  while (result.ok() && result.text.empty()) {  // a launcher does not wait
    co_await pause(executor, asked_again);
    result = co_await relay_->ask("result", own);
  }
  while (outputs_ > 0) co_await done_.wait();
  const Exit exit = parse_exit(result.text);
  if (!result.ok() || (!exit.known && exit.cause.starts_with("cannot start"))) {
    throw Error(CONSORT_E_INVALID, "cannot execute: " + exit.cause);
  }
  co_return exit.signal != 0 ? 128 + exit.signal : exit.code;
}

// Into an empty pipe or socket: it does not block for this.
void Execution::tell(const std::string& message) {
  const Fd& err = order_.err ? order_.err : order_.out;
  if (err) ::dprintf(err.get(), order_.tty ? "%s\r\n" : "%s\n", message.c_str());
}

Async<void> Execution::order_now(std::shared_ptr<Relay> relay, std::string op,
                                 std::vector<std::string> fields) {
  try {
    co_await relay->ask(std::move(op), std::move(fields));
  } catch (const Error&) {  // what is left there goes with the project's folder
  }
}

Async<void> Execution::clean(std::shared_ptr<Relay> relay, std::string directory, Left left) {
  std::vector<std::string> kill{directory, "9", "0"};
  std::vector<std::string> own{directory};
  try {
    Relay::Reply stopped = co_await relay->ask("stop", kill);
    while (stopped.ok() && stopped.text == "running") {
      co_await pause(relay->session().executor(), asked_again);
      stopped = co_await relay->ask("stop", kill);
    }
    co_await relay->ask("remove", std::move(own));
  } catch (const Error&) {
    left(directory);
  }
}

void Execution::order(std::string op, std::vector<std::string> fields) {
  asio::co_spawn(relay_->session().executor(), order_now(relay_, std::move(op), std::move(fields)),
                 asio::detached);
}

void Execution::resize(std::uint16_t rows, std::uint16_t columns) {
  order("resize", {directory_, std::to_string(rows), std::to_string(columns)});
}

void Execution::cancel() {
  cancelled_ = true;
  if (started_) return order("stop", {directory_, "9", "0"});
  relay_->session().withdraw(*claim_);
}

// Whoever asked is told now, whether the host can be told or not.
void Execution::overdue() {
  cancel();
  overdue_ = true;
  done_.wake();
}

Async<void> Execution::pass_input(std::shared_ptr<Execution> self,
                                  std::shared_ptr<Channel> channel) {
  std::string buffer(piece, '\0');
  try {
    for (;;) {
      if (!self->input_) co_return;
      error_code ended;
      const auto room = asio::buffer(buffer);
      const std::size_t n = co_await self->input_->async_read_some(
          room, asio::redirect_error(asio::use_awaitable, ended));
      if (ended == asio::error::operation_aborted) co_return;
      if (ended) break;
      const std::string_view bytes(buffer.data(), n);
      co_await channel->write(bytes);
    }
    co_await channel->end_input();
  } catch (const Error&) {  // the connection is lost, or nobody reads: run() tells
  }
}

Async<void> Execution::pass_output(std::shared_ptr<Execution> self,
                                   std::shared_ptr<Channel> channel, Fd to, bool error_output) {
  std::string buffer(piece, '\0');
  std::unique_ptr<Pipe> pipe;
  if (to) pipe = std::make_unique<Pipe>(self->relay_->session().executor(), to.release());
  try {
    for (;;) {
      const std::size_t n = co_await channel->read(buffer.data(), buffer.size(), error_output);
      if (n == 0) break;
      if (!pipe) continue;
      error_code failed;
      const auto bytes = asio::buffer(buffer.data(), n);
      co_await asio::async_write(*pipe, bytes, asio::redirect_error(asio::use_awaitable, failed));
      if (failed) pipe.reset();  // nobody reads it: what comes is let go of
    }
  } catch (const Error&) {  // the connection is lost
  }
  pipe.reset();
  --self->outputs_;
  self->done_.wake();
}

}  // namespace consort::ssh
