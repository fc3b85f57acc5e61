#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "core/api/client.h"
#include "core/api/frames.h"
#include "core/base/paths.h"
#include "core/daemon/daemon.h"

namespace consort::daemon::testing {

namespace fs = std::filesystem;
namespace json = boost::json;
using base::Fd;

// One supervisor in a process of its own.
class Supervisor {
 public:
  explicit Supervisor(const Options& given) {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    pid_ = ::fork();
    BOOST_REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      Options options = given;
      options.ready_fd = write_end.release();
      ::close(ends[0]);
      ::_exit(daemon::run(options));
    }
    write_end.reset();
    char buffer[4096];
    for (ssize_t n; (n = ::read(read_end.get(), buffer, sizeof buffer)) > 0;) {
      word_.append(buffer, static_cast<std::size_t>(n));
    }
  }
  ~Supervisor() {
    if (pid_ > 0) kill(SIGKILL);
  }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // What it told whoever started it.
  const std::string& word() const { return word_; }
  pid_t pid() const { return pid_; }

  // Its exit code, or 128 and the signal; waits for it.
  int wait() {
    int status = 0;
    BOOST_REQUIRE(::waitpid(pid_, &status, 0) == pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  int kill(int signal) {
    ::kill(pid_, signal);
    return wait();
  }

 private:
  pid_t pid_ = -1;
  std::string word_;
};

// A project of native services in directories of its own, taken down at the end.
struct Place {
  Place() {
    char name[] = "/tmp/consort-daemon-XXXXXX";
    root = ::mkdtemp(name);
    options.project = "shop";
    options.paths = base::project_paths({root / "state", root / "run"}, "shop");
    options.plugin_dirs = {CONSORT_BINARY_DIR "/lib/consort/runtimes"};
    project.name = "shop";
    project.directory = root.string();
    project.host_environment = {{"PATH", ::getenv("PATH")}};
  }
  ~Place() {
    if (fs::exists(options.paths.store)) {
      Supervisor last(options);
      post("/v1/down", json::object());
      if (last.word() == "ready\n") last.wait();
    }
    fs::remove_all(root);
  }

  model::Service& service(const std::string& name, const std::string& shell_command) {
    auto& made = project.services[name];
    made.name = name;
    made.runtime = "process";
    made.argv = {"/bin/sh", "-c", shell_command};
    made.working_dir = root.string();
    made.stop_grace_period = std::chrono::seconds(2);
    made.spec["command"] = json::array(made.argv.begin(), made.argv.end());
    return made;
  }

  api::Client client() const { return api::Client(options.paths.socket); }

  // The last line of a command's stream.
  json::value post(std::string_view target, const json::value& body) const {
    json::value last;
    const auto ended = client().post_lines(target, body, [&](std::string_view line) {
      last = json::parse(line);
      return true;
    });
    if (!ended) last = json::object{{"error", {{"message", ended.error().message()}}}};
    return last;
  }

  json::value up(const char* wait = "started") const {
    api::UpRequest request;
    request.project = project;
    request.wait = wait;
    request.wait_timeout_ms = 20'000;
    return post("/v1/up", api::to_json(request));
  }

  // The first replica of a service, as /v1/services has it.
  json::object replica(std::string_view name) const {
    const auto answer = client().get("/v1/services");
    BOOST_REQUIRE_MESSAGE(answer, (answer ? "" : answer.error().message()));
    for (const auto& one : answer->at("replicas").get_array()) {
      if (one.at("service").get_string() == name) return one.get_object();
    }
    return {};
  }

  // Lines of a service's log, once there are `count`.
  std::vector<std::string> log(const std::string& name, std::size_t count) const {
    std::vector<std::string> lines;
    static_cast<void>(
        client().get_lines("/v1/logs?follow=1&services=" + name, [&](std::string_view line) {
          lines.emplace_back(line);
          return lines.size() < count;
        }));
    return lines;
  }

  fs::path root;
  Options options;
  model::Project project;
};

inline std::string error_in(const json::value& last) {
  const auto* error = last.is_object() ? last.get_object().if_contains("error") : nullptr;
  return error == nullptr ? "" : std::string(std::string_view(error->at("message").get_string()));
}

// "" where the command did all that it was to do.
inline std::string problem_of(const json::value& last) {
  if (std::string error = error_in(last); !error.empty()) return error;
  const auto* outcome = last.is_object() ? last.get_object().if_contains("outcome") : nullptr;
  if (outcome == nullptr) return "no outcome";
  const auto& failures = outcome->at("failures").get_array();
  return failures.empty() ? "" : json::serialize(failures);
}

inline bool lives(std::int64_t pid) { return ::kill(static_cast<pid_t>(pid), 0) == 0; }

}  // namespace consort::daemon::testing
