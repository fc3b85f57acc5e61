#include "plugins/ssh/execution.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include "plugins/ssh/bootstrap.h"
#include "plugins/ssh/exit_file.h"

namespace consort::ssh {
namespace {

constexpr std::size_t piece = 64 << 10;
constexpr std::chrono::milliseconds asked_again{50};
constexpr int overdue_code = 124;  // as timeout(1) has it

}  // namespace

Execution::Execution(std::shared_ptr<Relay> relay, std::string directory, ExecOrder order)
    : relay_(std::move(relay)),
      directory_(std::move(directory)),
      order_(std::move(order)),
      done_(relay_->session().executor()) {}

Async<int> Execution::run() {
  const auto self = shared_from_this();
  int code = 0;
  std::exception_ptr failed;
  try {
    code = co_await run_it();
  } catch (const Error&) {
    failed = std::current_exception();
  }
  input_.reset();
  // What it left behind ends with it: an exec has no later stop.
  asio::co_spawn(relay_->session().executor(), clean(relay_, directory_), asio::detached);
  if (failed) std::rethrow_exception(failed);
  co_return code;
}

Async<int> Execution::run_it() {
  std::vector<std::string> fields{directory_};
  fields.insert(fields.end(), order_.records.begin(), order_.records.end());
  co_await relay_->demand("run it", "prepare", std::move(fields));
  auto channel = co_await relay_->session().execute(run_command);
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
  const std::shared_ptr<asio::steady_timer> timer = std::make_shared<asio::steady_timer>(executor);
  if (order_.timeout.count() > 0) {
    timer->expires_after(order_.timeout);
    timer->async_wait([weak = weak_from_this()](error_code stopped) {
      const auto self = weak.lock();
      if (stopped || !self) return;
      self->overdue_ = true;
      self->cancel();
    });
  }
  const std::vector<std::string> own{directory_};
  Relay::Reply result = co_await relay_->ask("result", own);
  while (result.ok() && result.text.empty()) {  // a launcher does not wait
    co_await pause(executor, asked_again);
    result = co_await relay_->ask("result", own);
  }
  while (outputs_ > 0) co_await done_.wait();
  if (overdue_) co_return overdue_code;
  const Exit exit = parse_exit(result.text);
  if (!result.ok() || (!exit.known && exit.cause.starts_with("cannot start"))) {
    throw Error(CONSORT_E_INVALID, "cannot execute: " + exit.cause);
  }
  co_return exit.signal != 0 ? 128 + exit.signal : exit.code;
}

Async<void> Execution::order_now(std::shared_ptr<Relay> relay, std::string op,
                                 std::vector<std::string> fields) {
  try {
    co_await relay->ask(std::move(op), std::move(fields));
  } catch (const Error&) {  // what is left there goes with the project's folder
  }
}

Async<void> Execution::clean(std::shared_ptr<Relay> relay, std::string directory) {
  std::vector<std::string> kill{directory, "9", "0"};
  std::vector<std::string> own{std::move(directory)};
  try {
    Relay::Reply stopped = co_await relay->ask("stop", kill);
    while (stopped.ok() && stopped.text == "running") {
      co_await pause(relay->session().executor(), asked_again);
      stopped = co_await relay->ask("stop", kill);
    }
  } catch (const Error&) {  // what is left there goes with the project's folder
    co_return;
  }
  co_await order_now(relay, "remove", std::move(own));
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
  if (started_) order("stop", {directory_, "9", "0"});
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
