#include "core/cli/lone_runtime.h"

#include <cstring>
#include <optional>

#include <consort/runtime.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "core/cli/project_context.h"
#include "core/runtime/runtimes.h"
#include "core/runtime/search_path.h"

extern char** environ;

namespace consort::cli {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace json = boost::json;
using base::Error;
using base::ErrorKind;
using base::Result;

json::object environment() {
  json::object variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (const char* equals = std::strchr(*entry, '=')) {
      variables[std::string_view(*entry, static_cast<std::size_t>(equals - *entry))] = equals + 1;
    }
  }
  return variables;
}

// No instance is started, so there is none to tell of.
struct NoLines final : runtime::LineStore {
  void open(const std::string&, const json::object&) override {}
  void close(const std::string&) override {}
  Stored write(const std::string&, std::span<const runtime::Line>, std::size_t&) override {
    return Stored::no;
  }
  Stored write_records(const std::string&, const runtime::Records&, std::size_t&) override {
    return Stored::no;
  }
  std::string last_cursor(const std::string&) override { return ""; }
  void set_room_listener(std::function<void(const std::string&)>) override {}
};

class Listener final : public runtime::DriverSink {
 public:
  Listener(Context& context, Person& person) : context_(context), person_(person) {}
  void use(runtime::Driver& driver) { driver_ = &driver; }

  void exited(const std::string&, const model::ExitInfo&) override {}
  void progress(const std::string&, const std::string& message) override {
    context_.err.line(message);
    context_.err.flush();
  }
  void health(const std::string&, const std::string&) override {}
  void instance_reach(const std::string&, const std::string&) override {}
  void instance_paused(const std::string&, bool) override {}
  void instance_health(const std::string&, model::Health, const std::string&) override {}
  void asked(const std::string&, const runtime::Question& question) override {
    using Kind = runtime::Answer::Kind;
    runtime::Answer answer;
    if (person_.is_there() && question.secret) {
      const auto text = person_.ask(question.message + ":", false);
      answer = text ? runtime::Answer{Kind::given, *text} : runtime::Answer{Kind::refused};
    } else if (person_.is_there()) {
      const auto agreed = person_.confirm(question.message);
      answer = agreed ? runtime::Answer{Kind::given, *agreed ? "yes" : "no"}
                      : runtime::Answer{Kind::refused};
    }
    if (driver_ != nullptr) driver_->answer(question.number, std::move(answer));
  }
  void withdrawn(const std::string&, std::uint64_t) override {}

 private:
  Context& context_;
  Person& person_;
  runtime::Driver* driver_ = nullptr;
};

asio::awaitable<Result<int>> use(runtime::Runtimes& runtimes, Listener& listener, std::string name,
                                 json::object settings, std::string feature, RuntimeWork work) {
  Result<int> outcome = Error("no outcome");
  const model::Location nowhere;  // named: gcc 12 destroys a temporary here twice
  const auto driver = co_await runtimes.open(name, std::move(settings), nowhere);
  if (!driver) {
    outcome = driver.error();
  } else if (!(*driver)->has(feature)) {
    outcome = Error(ErrorKind::unsupported, "the runtime " + name + " has no " + feature);
  } else {
    listener.use(**driver);
    outcome = co_await work(**driver);
  }
  co_await runtimes.close();
  co_return outcome;
}

}  // namespace

Result<int> with_lone_runtime(Context& context, const std::string& name, std::string_view feature,
                              const fs::path& folder, Person& person, RuntimeWork work,
                              const std::string& project) {
  const auto settings = checked_settings(context, runtime_infos(context));
  if (!settings) return settings.error();
  const auto own = settings->find(name);
  runtime::RuntimesOptions options;
  options.search_path = runtime::search_path(runtime::search_inputs(plugin_dirs(context)));
  options.project = project;
  options.state_dir = folder / "state";
  options.runtime_dir = folder / "run";
  options.host = {{"instances_dir", (folder / "instances").string()},
                  {"logs",
                   {{"max_bytes", context.settings.values.log_max_size.value},
                    {"max_files", context.settings.values.log_max_files.value}}},
                  {"environment", environment()}};
  options.log = [&context](int level, const std::string& line) {
    if (level >= CONSORT_LOG_WARNING) context.warn(line);
  };
  asio::io_context io(1);
  Listener listener(context, person);
  NoLines lines;
  runtime::Runtimes runtimes(io, std::move(options), listener, lines);
  std::optional<Result<int>> outcome;
  asio::co_spawn(
      io,
      use(runtimes, listener, name, own == settings->end() ? json::object() : own->second,
          std::string(feature), std::move(work)),
      [&](std::exception_ptr thrown, Result<int> result) {
        if (!thrown) outcome = std::move(result);
      });
  io.run();
  if (!outcome) return Error("cannot use the runtime " + name + ": it failed in an unknown way");
  return std::move(*outcome);
}

}  // namespace consort::cli
