#include "plugins/docker/execution.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>
#include <vector>

#include "plugins/docker/nonblocking.h"

namespace consort::docker {
namespace {

constexpr std::size_t most_unsent = 256 * 1024;

json::array texts(const Strings& list) {
  json::array all;
  for (const char* text : list) all.emplace_back(text);
  return all;
}

}  // namespace

ExecOrder::ExecOrder(Exec& exec)
    : tty(exec.tty),
      rows(exec.rows),
      columns(exec.columns),
      in(std::move(exec.in)),
      out(std::move(exec.out)),
      err(std::move(exec.err)),
      timeout(exec.timeout) {
  body = {{"AttachStdin", bool(in)},
          {"AttachStdout", true},
          {"AttachStderr", true},
          {"Tty", tty},
          {"Cmd", texts(exec.argv)}};
  if (!exec.env.empty()) body["Env"] = texts(exec.env);
  if (!exec.working_dir.empty()) body["WorkingDir"] = exec.working_dir;
  if (!exec.user.empty()) body["User"] = exec.user;
  if (exec.privileged) body["Privileged"] = true;
  if (in) make_nonblocking(in);
}

Execution::Execution(Engine& engine, Scope& scope, std::string container, ExecOrder order)
    : engine_(engine),
      scope_(scope),
      container_(std::move(container)),
      order_(std::move(order)),
      stream_(engine),
      // A reader that went away loses the output; the command goes on, as in a shell's pipe.
      output_(engine, stream_, order_.tty, std::move(order_.out), std::move(order_.err), false) {}

Execution::~Execution() {
  if (order_.in) engine_.reactor().unwatch(order_.in.get());
}

Async<int> Execution::run() {
  json::value body(order_.body);
  const Reply made = co_await engine_.post("/containers/" + container_ + "/exec", std::move(body));
  expect(made, "cannot execute");
  id_ = text_at(made.body, "Id");
  if (cancelled_) co_return 128 + SIGKILL;
  json::value start = json::object{{"Detach", false}, {"Tty", order_.tty}};
  co_await stream_.open("/exec/" + id_ + "/start", std::move(start));
  if (order_.tty && order_.rows != 0) resize(order_.rows, order_.columns);
  if (order_.in) {
    engine_.reactor().watch(order_.in.get(), CONSORT_READABLE,
                            [this](std::uint32_t) { pass_input(); });
  }
  output_.start();
  bool late = false;
  if (order_.timeout.count() > 0) {
    const bool ended = co_await stream_.closed().wait(order_.timeout);
    late = !ended;
  } else {
    co_await stream_.closed().wait();
  }
  if (late) co_await kill(engine_, id_, container_);
  if (output_.holds()) co_await output_.over().wait();
  if (late) co_return 124;
  if (cancelled_) co_return 128 + SIGKILL;
  const int code = co_await exit_code();
  co_return code;
}

// The stream may end a moment before the engine has the code.
Async<int> Execution::exit_code() {
  std::chrono::milliseconds pause(2);
  Event never(engine_.reactor());
  for (;;) {
    const Reply reply = co_await engine_.get("/exec/" + id_ + "/json");
    expect(reply, "cannot learn how the command ended");
    if (!bool_at(reply.body, "Running")) {
      co_return static_cast<int>(integer_at(reply.body, "ExitCode"));
    }
    co_await never.wait(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(1000));
  }
}

void Execution::pass_input() {
  if (stream_.unsent() > most_unsent) {  // on_sent goes on
    engine_.reactor().unwatch(order_.in.get());
    stream_.on_sent([this] {
      stream_.on_sent(nullptr);
      if (!order_.in) return;
      engine_.reactor().watch(order_.in.get(), CONSORT_READABLE,
                              [this](std::uint32_t) { pass_input(); });
    });
    return;
  }
  std::array<char, 32768> buffer;
  const ssize_t length = ::read(order_.in.get(), buffer.data(), buffer.size());
  if (length > 0) return stream_.send({buffer.data(), static_cast<std::size_t>(length)});
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  engine_.reactor().unwatch(order_.in.get());
  order_.in.reset();
  stream_.finish_sending();
}

void Execution::resize(std::uint16_t rows, std::uint16_t columns) {
  if (!id_.empty()) scope_.spawn(set_size(engine_, id_, rows, columns));
}

Async<void> Execution::set_size(Engine& engine, std::string id, std::uint16_t rows,
                                std::uint16_t columns) {
  const Reply reply = co_await engine.post("/exec/" + id + "/resize?h=" + std::to_string(rows) +
                                           "&w=" + std::to_string(columns));
  (void)reply;  // it may have ended meanwhile
}

void Execution::cancel() {
  cancelled_ = true;
  if (!id_.empty()) scope_.spawn(kill(engine_, id_, container_));
}

Async<void> Execution::kill(Engine& engine, std::string id, std::string container) {
  const Reply reply = co_await engine.get("/exec/" + id + "/json");
  if (!reply.ok() || !bool_at(reply.body, "Running")) co_return;
  const auto pid = integer_at(reply.body, "Pid");
  if (pid > 0 && !engine.address().socket.empty()) kill_in_container(pid, container);
}

bool kill_in_container(std::int64_t pid, const std::string& container) {
  std::ifstream groups("/proc/" + std::to_string(pid) + "/cgroup");
  std::stringstream text;
  text << groups.rdbuf();
  if (text.str().find(container) == std::string::npos) return false;
  std::ifstream children("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) +
                         "/children");
  std::vector<std::int64_t> all;
  for (std::int64_t child = 0; children >> child;) all.push_back(child);
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const bool killed =
      process && ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) == 0;
  for (const auto child : all) kill_in_container(child, container);
  return killed;
}

}  // namespace consort::docker
