#include "core/daemon/supervision.h"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include <consort/runtime.h>
#include <boost/json/value_from.hpp>

#include "core/base/text.h"
#include "core/runtime/search_path.h"

namespace consort::daemon {
namespace {

// Events that are kept in memory for readers that come later or are slow.
constexpr std::size_t kept_events = 1024;

// Each runtime that was in use has left its directory.
std::set<std::string> used_before(const std::filesystem::path& runtimes) {
  std::set<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(runtimes, ignored)) {
    names.insert(entry.path().filename());
  }
  return names;
}

boost::json::value limit_of(rlim_t limit) { return static_cast<std::int64_t>(limit); }

}  // namespace

Supervision::Supervision(asio::io_context& io, const Options& options, rlimit nofile, Log& log)
    : io_(io),
      options_(options),
      plugin_dirs_(options.plugin_dirs),
      nofile_(nofile),
      log_(log),
      bus_(io.get_executor(), base::system_clock(), kept_events),
      directories_(io.get_executor(), options.paths.instances),
      sources_(io.get_executor(), bus_, directories_),
      prompts_([this](model::Event event) { publish(std::move(event)); },
               [this](const std::string& runtime, std::uint64_t question, runtime::Answer answer) {
                 auto* driver = runtimes_ ? runtimes_->loaded(runtime) : nullptr;
                 if (driver != nullptr) driver->answer(question, std::move(answer));
               }),
      lines_(io.get_executor(), directories_) {}

base::Result<std::unique_ptr<Supervision>> Supervision::open(asio::io_context& io,
                                                             const Options& options, rlimit nofile,
                                                             Log& log) {
  auto store = record::Store::open(options.paths.store);
  if (!store) return store.error();
  std::unique_ptr<Supervision> made(new Supervision(io, options, nofile, log));
  made->journal_ = std::make_unique<StoreJournal>(
      std::move(*store), [sources = &made->sources_](const auto& id, const auto& instance) {
        sources->begun(id, instance);
      });
  for (const auto& warning : made->journal_->warnings()) log.warning(warning);
  made->engine_.emplace(io.get_executor(),
                        engine::Supervisor::Parts{base::system_clock(), *made, *made->journal_,
                                                  *made, made->directories_});
  return made;
}

asio::awaitable<void> Supervision::take_stock() {
  remembered_ = journal_->load();
  for (const auto& problem : remembered_.problems) log_.error(problem);
  remember_plugin_dirs(remembered_.plugin_dirs);
  if (remembered_.project) use_settings(*remembered_.project);
  const auto used = used_before(options_.paths.runtimes);
  losses_ = journal_->warnings();
  losses_.insert(losses_.end(), remembered_.problems.begin(), remembered_.problems.end());
  if (losses_.empty() && !remembered_.project && !used.empty()) {
    losses_.push_back("no project is left in " + options_.paths.store.string());
  }
  const bool lost = !losses_.empty();
  engine_->suspect(used, lost);
  if (!lost || !remembered_.project) co_return;
  remembered_.replicas =
      co_await engine_->complete(remembered_.project, std::move(remembered_.replicas));
}

std::string Supervision::problem() const {
  if (losses_.empty() || !engine_->suspects()) return {};
  return "the record of project " + options_.project +
         " was damaged, so services that are not shown may still run: " +
         base::join(losses_, "; ") +
         ". consort up ends those and starts the project anew, consort down ends everything";
}

// Whoever wakes a supervisor need not know in which folders its services' runtimes are.
void Supervision::remember_plugin_dirs(const std::vector<std::string>& earlier) {
  for (const auto& dir : earlier) {
    const bool given = std::ranges::find(plugin_dirs_, dir) != plugin_dirs_.end();
    if (!given) plugin_dirs_.push_back(dir);
  }
  if (plugin_dirs_ == earlier) return;
  if (auto put = journal_->put_plugin_dirs(plugin_dirs_); !put) log_.error(put.error().message());
}

asio::awaitable<void> Supervision::restore() {
  auto remembered = std::exchange(remembered_, {});
  if (!remembered.project && remembered.replicas.empty()) co_return;
  log_.info("takes up " + std::to_string(remembered.replicas.size()) + " replicas");
  co_await engine_->restore(std::move(remembered.project), std::move(remembered.replicas));
}

asio::awaitable<void> Supervision::close() {
  co_await engine_->close();
  if (runtimes_) co_await runtimes_->close();
  journal_->close();
}

void Supervision::publish(model::Event event) {
  if (event.type == "supervisor") log_.warning(event.message);
  sources_.changed(event);
  bus_.publish(std::move(event));
}

boost::json::object Supervision::host_of_runtimes() const {
  return {{"instances_dir", options_.paths.instances.string()},
          {"project_dir", project_dir_},
          {"logs", {{"max_bytes", logs_.max_bytes}, {"max_files", logs_.max_files}}},
          {"environment", boost::json::value_from(environment_)},
          {"nofile", {{"soft", limit_of(nofile_.rlim_cur)}, {"hard", limit_of(nofile_.rlim_max)}}}};
}

runtime::RuntimesOptions Supervision::runtimes_options() const {
  runtime::RuntimesOptions all;
  all.search_path = runtime::search_path(runtime::search_inputs(plugin_dirs_));
  all.project = options_.project;
  all.state_dir = options_.paths.runtimes;
  all.crash_dir = options_.paths.crashes;
  all.runtime_dir = options_.paths.runtime;
  all.host = host_of_runtimes();
  all.log = [this](int level, const std::string& line) {
    log_.write(level >= CONSORT_LOG_ERROR     ? Log::Level::error
               : level == CONSORT_LOG_WARNING ? Log::Level::warning
                                              : Log::Level::info,
               line);
  };
  return all;
}

base::Result<runtime::Driver*> Supervision::driver(std::string_view name,
                                                   const model::Location& where) {
  if (!runtimes_) {
    loaded_logs_ = logs_;
    runtimes_.emplace(io_, runtimes_options(), static_cast<runtime::DriverSink&>(*this), lines_);
  }
  const auto* found = runtimes_->registry().lookup(name);
  const std::string canonical = found != nullptr ? found->name : std::string(name);
  const auto own = runtime_settings_.find(canonical);
  const auto settings = own == runtime_settings_.end() ? boost::json::object() : own->second;
  auto driver = runtimes_->use(name, settings, where);
  if (driver) loaded_with_.try_emplace(canonical, settings);
  return driver;
}

void Supervision::use_environment(const std::map<std::string, std::string>& changed) {
  auto now = environment_;
  for (const auto& [name, value] : changed) {
    if (value.empty()) {
      now.erase(name);
    } else {
      now[name] = value;
    }
  }
  if (now != environment_) {
    environment_ = std::move(now);
    if (runtimes_) runtimes_->set_host(host_of_runtimes());
  }
  tell_environment();  // the same, too: a person is at work, who may have mended something
}

void Supervision::tell_environment() {
  for (auto* driver : drivers()) {
    if (!driver->has(CONSORT_EXT_ENVIRONMENT)) continue;
    driver->change_environment(boost::json::value_from(environment_).as_object());
  }
}

void Supervision::use_settings(const model::Project& project) {
  runtime_settings_ = project.runtime_settings;
  logs_ = project.logs;
  project_dir_ = project.directory;
  const bool other = project.host_environment != environment_;
  environment_ = project.host_environment;
  if (runtimes_) runtimes_->set_host(host_of_runtimes());
  if (other) tell_environment();  // else it was told as the command came
  lines_.rotate_at({logs_.max_bytes, logs_.max_files});
  for (const auto& [name, settings] : loaded_with_) {
    const auto now = runtime_settings_.find(name);
    const bool same = now == runtime_settings_.end() ? settings.empty() : settings == now->second;
    if (same && logs_ == loaded_logs_) continue;
    model::Event event;
    event.type = "supervisor";
    event.message = "runtime " + name +
                    " keeps the settings that it was loaded with; consort supervisor restart "
                    "takes up the new ones";
    publish(std::move(event));
  }
}

std::vector<runtime::Driver*> Supervision::drivers() const {
  std::vector<runtime::Driver*> all;
  if (!runtimes_) return all;
  for (const auto& found : runtimes_->registry().all()) {
    if (found.state == runtime::FoundRuntime::State::shadowed) continue;
    if (auto* driver = runtimes_->loaded(found.name)) all.push_back(driver);
  }
  return all;
}

void Supervision::exited(const std::string& instance, const model::ExitInfo& exit) {
  engine_->exited(instance, exit);
}

void Supervision::progress(const std::string& instance, const std::string& message) {
  engine_->progress(instance, message);
}

void Supervision::health(const std::string& runtime, const std::string& problem) {
  if (problem.empty()) {
    log_.info("runtime " + runtime + " can be used");
  } else {
    log_.warning("runtime " + runtime + " cannot be used: " + problem);
  }
  engine_->runtime_health(runtime, problem);
}

void Supervision::asked(const std::string& runtime, const runtime::Question& question) {
  std::optional<model::ReplicaId> replica;
  for (const auto& status : engine_->status()) {
    if (!question.instance.empty() && status.instance == question.instance) replica = status.id;
  }
  prompts_.ask(runtime, question, replica);
}

void Supervision::withdrawn(const std::string& runtime, std::uint64_t question) {
  prompts_.withdraw(runtime, question);
}

void Supervision::instance_reach(const std::string& instance, const std::string& problem) {
  engine_->instance_reach(instance, problem);
}

void Supervision::instance_paused(const std::string& instance, bool paused) {
  engine_->instance_paused(instance, paused);
}

void Supervision::instance_health(const std::string& instance, model::Health health,
                                  const std::string& message) {
  engine_->instance_health(instance, health, message);
}

}  // namespace consort::daemon
