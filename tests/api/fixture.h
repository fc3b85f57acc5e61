#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

#include "core/api/client.h"
#include "core/api/listener.h"
#include "core/api/server.h"
#include "core/base/text.h"

namespace consort::api::testing {

namespace json = boost::json;
using asio::awaitable;
using base::Error;
using base::ErrorKind;
using base::Fd;
using base::Result;

// Something that a test waits for: set on any thread, awaited with a generous deadline.
class Flag {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

// Events that the test pushes on the server's thread.
struct FakeBus {
  explicit FakeBus(asio::any_io_executor e) : executor(std::move(e)) {}
  asio::any_io_executor executor;
  std::vector<model::Event> kept;
  std::vector<asio::steady_timer*> waiting;

  void publish(std::string service, std::string message) {
    model::Event event;
    event.sequence = kept.size() + 1;
    event.type = "message";
    event.service = std::move(service);
    event.message = std::move(message);
    kept.push_back(std::move(event));
    for (auto* timer : waiting) timer->cancel();
  }
};

class FakeEvents final : public EventSource {
 public:
  FakeEvents(FakeBus& bus, std::uint64_t from, bool follow)
      : bus_(bus),
        next_(from),
        finished_(!follow),
        timer_(bus.executor, asio::steady_timer::time_point::max()) {
    bus_.waiting.push_back(&timer_);
  }
  ~FakeEvents() override { std::erase(bus_.waiting, &timer_); }

  awaitable<std::vector<model::Event>> next() override {
    boost::system::error_code ignored;
    while (next_ == bus_.kept.size() && !finished_) {
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    std::vector<model::Event> batch(bus_.kept.begin() + static_cast<std::ptrdiff_t>(next_),
                                    bus_.kept.end());
    next_ = bus_.kept.size();
    co_return batch;
  }
  void finish() override {
    finished_ = true;
    timer_.cancel();
  }
  std::string cursor(std::uint64_t sequence) const override {
    return "cafe." + std::to_string(sequence);
  }

 private:
  FakeBus& bus_;
  std::size_t next_;
  bool finished_;
  asio::steady_timer timer_;
};

// Log lines: `count` of them, or without an end.
class FakeLogs final : public LogSource {
 public:
  explicit FakeLogs(std::uint64_t count) : left_(count) {}
  awaitable<Result<std::string>> next() override {
    std::string lines;
    for (int i = 0; i < 100 && left_ != 0; ++i, --left_) {
      lines +=
          "web-1 2026-01-02T03:04:05.000000006Z stdout F line " + std::to_string(++number_) + "\n";
    }
    co_return lines;
  }

 private:
  std::uint64_t left_;
  std::uint64_t number_ = 0;
};

class FakeBackend final : public Backend {
 public:
  explicit FakeBackend(asio::any_io_executor executor)
      : bus(executor), hold(executor, asio::steady_timer::time_point::max()) {}

  FakeBus bus;
  asio::steady_timer hold;  // what is held is let go by cancelling it
  Flag wait_began, wait_given_up, run_ended;
  std::uint64_t log_lines = 3;
  LogQuery log_query;
  std::optional<UpRequest> last_up;
  std::optional<ImagesRequest> last_images;
  std::size_t askers = 0;  // commands that can ask now
  std::size_t askers_at_up = 0;
  std::optional<std::string> answered;
  std::map<std::string, std::string> environment;

  Version version() const override {
    return {.version = "9.8.7",
            .pid = ::getpid(),
            .project = "shop",
            .directory = "/srv/shop",
            .problem = ""};
  }
  Answer<OutcomeReply> up(UpRequest request) override {
    askers_at_up = askers;
    bus.publish("web", "starting");
    bus.publish("web", "running");
    last_up = std::move(request);
    OutcomeReply outcome;
    outcome.actions.push_back({"create", "web", "new", 1});
    co_return outcome;
  }
  Answer<std::vector<ActionReply>> plan(UpRequest) override {
    co_return std::vector<ActionReply>{{"keep", "web", "", 1}};
  }
  Answer<OutcomeReply> down(DownRequest) override {
    co_return Error(ErrorKind::conflict, "cannot stop web-1: it is frozen");
  }
  Answer<OutcomeReply> start(ServicesRequest) override { co_return OutcomeReply{}; }
  Answer<OutcomeReply> stop(ServicesRequest) override { throw std::runtime_error("a bug"); }
  Answer<OutcomeReply> restart(ServicesRequest) override { co_return OutcomeReply{}; }
  Answer<OutcomeReply> kill(ServicesRequest request) override {
    if (request.signal == "throw") throw std::runtime_error("a bug");
    co_return Error(ErrorKind::invalid, "cannot send " + request.signal + ": no such signal");
  }
  Answer<OutcomeReply> create(UpRequest) override { co_return OutcomeReply{}; }
  Answer<OutcomeReply> pause(ServicesRequest request) override {
    bus.publish(request.services.at(0), "running");
    co_return OutcomeReply{};
  }
  Answer<OutcomeReply> unpause(ServicesRequest) override { co_return OutcomeReply{}; }
  Answer<OutcomeReply> remove(ServicesRequest) override { co_return OutcomeReply{}; }
  Answer<json::array> top(std::vector<std::string>) override { co_return json::array{}; }
  Answer<json::object> look(model::ReplicaId id, std::string path) override {
    co_return json::object{{"name", id.service + path}};
  }
  awaitable<void> copy(CopyRequest, FrameStream& stream) override {
    const std::string code = encode_exit(0);
    co_await stream.write(Frame::exit, code);
  }
  Answer<OutcomeReply> pull(ImagesRequest request) override {
    last_images = std::move(request);
    co_return OutcomeReply{};
  }
  Answer<OutcomeReply> build(ImagesRequest request) override {
    OutcomeReply outcome;
    outcome.failures.push_back({request.services.at(0), "cannot build it: no context", 0});
    co_return outcome;
  }
  Answer<json::array> images(std::vector<std::string>) override { co_return json::array{}; }
  std::vector<model::ReplicaStatus> services() override {
    model::ReplicaStatus status;
    status.id = {"web", 1};
    return {status};
  }
  const model::Project* project() override { return nullptr; }
  Answer<model::ExitInfo> wait(model::ReplicaId) override {
    struct Gone {
      Flag& flag;
      ~Gone() { flag.set(); }
    } const gone{wait_given_up};
    wait_began.set();
    boost::system::error_code ignored;
    co_await hold.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    model::ExitInfo exit;
    exit.code = 7;
    co_return exit;
  }
  std::unique_ptr<EventSource> events_from_now() override {
    return std::make_unique<FakeEvents>(bus, bus.kept.size(), true);
  }
  Result<std::unique_ptr<EventSource>> events(std::string_view since, bool follow) override {
    if (since == "x") return Error(ErrorKind::invalid, "cannot read the cursor x");
    const std::uint64_t from =
        since.empty() ? (follow ? bus.kept.size() : 0) : std::stoull(std::string(since));
    return std::unique_ptr<EventSource>(std::make_unique<FakeEvents>(bus, from, follow));
  }
  Result<std::unique_ptr<LogSource>> logs(LogQuery query) override {
    log_query = query;
    if (query.services == std::vector<std::string>{"nope"}) {
      return Error(ErrorKind::not_found, "cannot show logs: there is no service nope");
    }
    return std::unique_ptr<LogSource>(std::make_unique<FakeLogs>(log_lines));
  }
  Answer<json::array> stats(std::vector<std::string>) override { co_return json::array{}; }
  Answer<json::array> doctor() override { co_return json::array{}; }

  awaitable<void> attach(AttachRequest request, FrameStream& stream) override {
    co_await stream.write(Frame::stdout_data, request.service);
    co_await stream.write(Frame::exit, encode_exit(static_cast<int>(request.index)));
  }
  // Echoes input to stdout until it ends, then exits with 3; tells sizes on stderr.
  awaitable<void> exec(ExecRequest, FrameStream& stream) override {
    for (;;) {
      const auto frame = co_await stream.read();
      if (!frame) co_return;
      if (frame->type == Frame::stdin_end) break;
      if (frame->type == Frame::resize) {
        const auto size = decode_size(frame->payload);
        co_await stream.write(Frame::stderr_data,
                              std::to_string(size->rows) + "x" + std::to_string(size->columns));
      } else {
        co_await stream.write(Frame::stdout_data, frame->payload);
      }
    }
    co_await stream.write(Frame::exit, encode_exit(3));
  }
  awaitable<void> run(RunRequest, FrameStream& stream) override {
    struct Gone {
      Flag& flag;
      ~Gone() { flag.set(); }
    } const gone{run_ended};
    while (co_await stream.read()) {
    }
  }
  Answer<model::ReplicaStatus> run_detached(RunRequest request) override {
    model::ReplicaStatus status;
    status.id = {request.service, 4};
    co_return status;
  }
  std::shared_ptr<void> join_prompts() override {
    ++askers;
    return {this, [](FakeBackend* self) { --self->askers; }};
  }
  Result<void> answer(AnswerRequest request) override {
    if (request.prompt != 3) return Error(ErrorKind::not_found, "cannot take the answer: not open");
    answered = request.text;
    return {};
  }
  void use_environment(std::map<std::string, std::string> given) override {
    environment = std::move(given);
  }
  Answer<void> quit() override { co_return Result<void>(); }
};

// A server on a thread of its own over a real socket, and the means to talk to it.
struct Fixture {
  explicit Fixture(Limits limits = {}) {
    ::signal(SIGPIPE, SIG_IGN);  // as the supervisor does
    char name[] = "/tmp/consort-api-XXXXXX";
    directory = ::mkdtemp(name);
    socket = directory / "shop" / "api.sock";
    auto listener = listen_privately(socket);
    BOOST_REQUIRE(listener);
    server.emplace(
        io.get_executor(), backend, std::move(*listener),
        [this](std::string_view line) {
          const std::lock_guard lock(log_mutex);
          log.emplace_back(line);
          log_changed.notify_all();
        },
        limits);
    server->start();
    thread = std::thread([this] { io.run(); });
  }
  ~Fixture() {
    close();
    thread.join();
    server.reset();
    std::filesystem::remove_all(directory);
  }

  void close() {
    if (closed) return;
    closed = true;
    auto done = std::make_shared<std::promise<void>>();
    asio::co_spawn(io, server->close(std::chrono::milliseconds(200)),
                   [done](std::exception_ptr) { done->set_value(); });
    BOOST_REQUIRE(done->get_future().wait_for(std::chrono::seconds(20)) ==
                  std::future_status::ready);
    work.reset();
  }

  // Runs `task` on the server's thread.
  template <class Task>
  void on_server(Task task) {
    std::promise<void> done;
    asio::post(io, [&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  std::string wait_for_log() {
    std::unique_lock lock(log_mutex);
    log_changed.wait_for(lock, std::chrono::seconds(20), [this] { return !log.empty(); });
    return log.empty() ? "" : log.front();
  }

  Fd connect() const {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = socket_address(socket);
    BOOST_REQUIRE(
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0);
    return fd;
  }

  // Sends `bytes` and returns all that comes until the server hangs up.
  std::string talk(std::string_view bytes) const {
    const Fd fd = connect();
    static_cast<void>(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    return receive_all(fd.get());
  }

  static std::string receive_all(int fd) {
    std::string all;
    char buffer[65536];
    for (ssize_t n; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) {
      all.append(buffer, static_cast<std::size_t>(n));
    }
    return all;
  }

  std::string ask(std::string_view method, std::string_view target, std::string_view body = "",
                  std::string_view headers = "") const {
    return talk(std::string(method) + ' ' + std::string(target) +
                " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + std::string(headers) +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  }

  std::filesystem::path directory, socket;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  FakeBackend backend{io.get_executor()};
  std::optional<Server> server;
  std::thread thread;
  bool closed = false;
  std::mutex log_mutex;
  std::condition_variable log_changed;
  std::vector<std::string> log;
};

inline bool starts_with(std::string_view text, std::string_view with) {
  return text.starts_with(with);
}
inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace consort::api::testing
