#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/runtime/runtimes.h"
#include "tests/runtime/support.h"

namespace consort::runtime::test {

inline constexpr std::chrono::seconds deadline(60);

// What the runtimes told, in order: "exited a 7", "progress a text", "health probe text".
struct Sink final : DriverSink {
  void exited(const std::string& instance, const model::ExitInfo& exit) override {
    told.push_back("exited " + instance + " " +
                   (exit.shell_code() ? std::to_string(*exit.shell_code()) : exit.cause));
  }
  void progress(const std::string& instance, const std::string& message) override {
    told.push_back("progress " + instance + " " + message);
  }
  void instance_reach(const std::string& instance, const std::string& problem) override {
    told.push_back("instance reach " + instance + " " + problem);
  }
  void instance_paused(const std::string& instance, bool paused) override {
    told.push_back("instance " + std::string(paused ? "paused " : "goes on ") + instance);
  }
  void instance_health(const std::string& instance, model::Health health,
                       const std::string& message) override {
    told.push_back("instance health " + instance + " " + std::string(model::to_string(health)) +
                   " " + message);
  }
  void health(const std::string& runtime, const std::string& problem) override {
    told.push_back("health " + runtime + " " + problem);
  }
  void asked(const std::string& runtime, const Question& question) override {
    told.push_back("asked " + runtime + " " + std::to_string(question.number) +
                   (question.secret ? " secret " : " confirm ") + question.instance + " " +
                   question.message);
  }
  void withdrawn(const std::string& runtime, std::uint64_t question) override {
    told.push_back("withdrawn " + runtime + " " + std::to_string(question));
  }
  bool has(const std::string& line) const {
    return std::find(told.begin(), told.end(), line) != told.end();
  }
  std::vector<std::string> told;
};

// Keeps lines; full after `room` of them until make_room(). Wakes the core for each.
struct Store final : LineStore {
  explicit Store(asio::io_context& core) : executor(core.get_executor()) {}
  void open(const std::string& instance, const boost::json::object&) override {
    opened.insert(instance);
  }
  void close(const std::string& instance) override { opened.erase(instance); }
  Stored write(const std::string& instance, std::span<const Line> given,
               std::size_t& stored) override {
    const std::lock_guard lock(mutex);
    if (instance == "refused") return Stored::no;
    for (const Line& line : given) {
      if (room == 0) return Stored::full;
      --room;
      lines.push_back(std::string(line.bytes) + (line.partial ? "..." : ""));
      cursors[instance] = "after " + std::string(line.bytes);
      asio::post(executor, [] {});
      ++stored;
    }
    return Stored::yes;
  }
  Stored write_records(const std::string& instance, const Records& given,
                       std::size_t& stored) override {
    const std::lock_guard lock(mutex);
    while (stored < given.bytes.size()) {
      if (room == 0) return Stored::full;
      --room;
      const std::size_t length = given.bytes.find('\n', stored) + 1 - stored;
      lines.emplace_back(given.bytes.substr(stored, length - 1));
      stored += length;
      cursors[instance] = std::string(given.file) + std::to_string(given.offset + stored);
    }
    return Stored::yes;
  }
  std::string last_cursor(const std::string& instance) override {
    const std::lock_guard lock(mutex);
    return cursors[instance];
  }
  void set_room_listener(std::function<void(const std::string&)> given) override {
    const std::lock_guard lock(mutex);
    listener = std::move(given);
  }
  void make_room(const std::string& instance, std::size_t lines_of_it) {
    const std::lock_guard lock(mutex);
    room = lines_of_it;
    if (listener) listener(instance);
  }
  std::vector<std::string> stored() {
    const std::lock_guard lock(mutex);
    return lines;
  }
  const asio::io_context::executor_type executor;
  std::mutex mutex;
  std::size_t room = 1000000;
  std::vector<std::string> lines;
  std::set<std::string> opened;
  std::map<std::string, std::string> cursors;
  std::function<void(const std::string&)> listener;
};

struct HostFixture {
  HostFixture() {
    make_folder(plugins);
    for (const char* name : {"probe", "second", "bare", "plainc", "minimal"}) {
      install_runtime(name, plugins);
    }
  }
  ~HostFixture() {
    if (runtimes_) run(runtimes_->close());
  }

  Runtimes& runtimes() {
    if (!runtimes_) {
      RuntimesOptions options;
      options.search_path = {plugins};
      options.project = "shop";
      options.state_dir = temp / "state";
      options.runtime_dir = temp / "run";
      options.limits = limits;
      options.log = [this](int, const std::string& line) { log.push_back(line); };
      runtimes_.emplace(core, std::move(options), sink, store);
    }
    return *runtimes_;
  }
  Driver& driver(std::string_view name = "probe", const boost::json::object& settings = {}) {
    auto used = runtimes().use(name, settings, {"shop.yaml", 3, 5});
    BOOST_REQUIRE_MESSAGE(used, (used ? "" : used.error().message()));
    return **used;
  }
  static Task task(std::string instance, std::vector<std::string> argv = {}) {
    Task task;
    task.instance = std::move(instance);
    task.project = "shop";
    task.service.name = "web";
    task.service.argv = std::move(argv);
    return task;
  }

  // Runs the core until `condition` holds; looks again after each thing that happens there.
  void until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
      core.restart();
      core.run_one_until(end);
      BOOST_REQUIRE_MESSAGE(std::chrono::steady_clock::now() < end, "it does not happen");
    }
  }
  // Runs the core until the coroutine has ended; its result.
  template <class T>
  T run(asio::awaitable<T> coroutine) {
    std::optional<T> result;
    std::exception_ptr error;
    asio::co_spawn(core, std::move(coroutine), [&](std::exception_ptr e, T value) {
      error = e;
      result = std::move(value);
    });
    until([&] { return result.has_value(); });
    if (error) std::rethrow_exception(error);
    return std::move(*result);
  }
  void run(asio::awaitable<void> coroutine) {
    bool done = false;
    std::exception_ptr error;
    asio::co_spawn(core, std::move(coroutine), [&](std::exception_ptr e) {
      error = e;
      done = true;
    });
    until([&] { return done; });
    if (error) std::rethrow_exception(error);
  }
  Result<Started> start(std::string instance, std::vector<std::string> argv = {}) {
    return run(driver().start(task(std::move(instance), std::move(argv))));
  }
  bool logged(std::string_view part) const {
    return std::any_of(log.begin(), log.end(),
                       [&](const std::string& line) { return contains(line, part); });
  }

  TempDir temp;
  std::filesystem::path plugins = temp / "plugins";
  asio::io_context core{1};
  Sink sink;
  Store store{core};
  Limits limits;
  std::vector<std::string> log;
  std::optional<Runtimes> runtimes_;
};

// A FIFO on which a plugin blocks until it is released.
class Gate {
 public:
  explicit Gate(std::filesystem::path path) : path_(std::move(path)) {
    BOOST_REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
  }
  ~Gate() { release(); }
  std::string path() const { return path_.string(); }
  void release() {
    if (!released_) std::ofstream(path_).flush();  // waits for the plugin to be there
    released_ = true;
  }
  void unused() { released_ = true; }

 private:
  std::filesystem::path path_;
  bool released_ = false;
};

}  // namespace consort::runtime::test
