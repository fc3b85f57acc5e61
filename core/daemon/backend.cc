#include "core/daemon/backend.h"

#include <unistd.h>

#include <algorithm>

#include <consort/runtime.h>

#include "core/base/text.h"
#include "core/daemon/attach_session.h"
#include "core/daemon/convert.h"
#include "core/daemon/copy_session.h"
#include "core/daemon/detached.h"
#include "core/daemon/exec_session.h"
#include "core/daemon/run_session.h"

namespace consort::daemon {
namespace {

namespace json = boost::json;
using api::OutcomeReply;
using asio::awaitable;
using base::Error;
using base::ErrorKind;
using base::Result;

Error ending_error() {
  return Error(ErrorKind::unavailable, "cannot answer: the supervisor is ending");
}

// Counts a command for as long as it lives.
class Work {
 public:
  explicit Work(int& count) : count_(count) { ++count_; }
  ~Work() { --count_; }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

 private:
  int& count_;
};

}  // namespace

SupervisorBackend::SupervisorBackend(Supervision& supervision, base::TaskGroup& tasks,
                                     std::string project, LetGo let_go)
    : supervision_(supervision),
      tasks_(tasks),
      project_(std::move(project)),
      let_go_(std::move(let_go)) {}

api::Version SupervisorBackend::version() const {
  api::Version version;
  version.version = CONSORT_VERSION;
  version.pid = ::getpid();
  version.project = project_;
  if (const auto* project = supervision_.engine().project()) version.directory = project->directory;
  version.problem = supervision_.problem();
  return version;
}

std::shared_ptr<void> SupervisorBackend::join_prompts() { return supervision_.prompts().join(); }

Result<void> SupervisorBackend::answer(api::AnswerRequest request) {
  using Kind = runtime::Answer::Kind;
  runtime::Answer answer;
  answer.kind = request.text ? Kind::given : Kind::refused;
  if (request.text) answer.text = std::move(*request.text);
  return supervision_.prompts().answer(request.prompt, std::move(answer));
}

void SupervisorBackend::use_environment(std::map<std::string, std::string> environment) {
  supervision_.use_environment(environment);
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::carry_out(
    std::string_view name, Answer<engine::Outcome> operation) {
  if (ending_) co_return ending_error();
  auto outcome = co_await outcome_of(begin(tasks_, name, std::move(operation)));
  if (!outcome) co_return outcome.error();
  co_return reply(*outcome);
}

Result<engine::UpRequest> SupervisorBackend::up_request(api::UpRequest request) {
  if (ending_) return ending_error();
  auto wait = wait_from(request.wait);
  if (!wait) return wait.error();
  if (request.project.name != project_) {
    return Error(ErrorKind::invalid, "cannot bring up project " + request.project.name +
                                         ": this is the supervisor of project " + project_);
  }
  supervision_.use_settings(request.project);
  engine::UpRequest what;
  what.options = options_from(request);
  what.preparation = preparation_from(request.pull, request.build);
  what.preparation.renews = request.renew_anon_volumes;
  what.project = std::move(request.project);
  what.wait = *wait;
  what.wait_timeout = duration_from(request.wait_timeout_ms);
  what.stop_timeout = duration_from(request.stop_timeout_ms);
  return what;
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::up(api::UpRequest request) {
  auto what = up_request(std::move(request));
  if (!what) co_return what.error();
  co_return co_await outcome_of(begin(tasks_, "up", up_and_tidy(std::move(*what), false)));
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::create(api::UpRequest request) {
  auto what = up_request(std::move(request));
  if (!what) co_return what.error();
  co_return co_await outcome_of(begin(tasks_, "create", up_and_tidy(std::move(*what), true)));
}

// A first up that is refused, or has nothing to start, leaves nothing behind, its supervisor
// included.
SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::up_and_tidy(engine::UpRequest request,
                                                                       bool create) {
  std::set<std::string> runtimes;
  for (const auto& [name, service] : request.project.services) runtimes.insert(service.runtime);
  Result<engine::Outcome> outcome(engine::Outcome{});
  {
    const Work work(work_);
    if (create) {
      outcome = co_await engine().create(std::move(request));
    } else {
      outcome = co_await engine().up(std::move(request));
    }
    if (nothing_is_left(1) && !engine().suspects()) {
      json::object options;
      // An engine that is away has made nothing.
      (void)co_await release(std::move(runtimes), std::move(options));
    }
  }
  co_await go_if_unused();
  if (!outcome) co_return outcome.error();
  co_return reply(*outcome);
}

// `own_work`: the commands under way that whoever asks stands for.
bool SupervisorBackend::nothing_is_left(int own_work) const {
  const auto& engine = supervision_.engine();
  const auto* project = engine.project();
  return !ending_ && work_ == own_work && (project == nullptr || project->services.empty()) &&
         engine.status().empty() && engine.idle();
}

// The supervisor has nothing to stay for, unless there may be services that it knows nothing of.
awaitable<void> SupervisorBackend::go_if_unused() {
  if (!unused() || engine().suspects()) co_return;
  ending_ = true;
  co_await let_go_(true);
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::pull(api::ImagesRequest request) {
  co_return co_await outcome_of(
      begin(tasks_, "pull", get_images_and_tidy(std::move(request), ImageWork::pull)));
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::build(api::ImagesRequest request) {
  co_return co_await outcome_of(
      begin(tasks_, "build", get_images_and_tidy(std::move(request), ImageWork::build)));
}

// A supervisor that was started for this alone ends with it.
SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::get_images_and_tidy(
    api::ImagesRequest request, ImageWork work) {
  if (ending_) co_return ending_error();
  if (engine().project() == nullptr) supervision_.use_settings(request.project);
  Result<OutcomeReply> outcome(OutcomeReply{});
  {
    const Work under_way(work_);
    outcome = co_await get_images(supervision_, std::move(request), work);
  }
  co_await go_if_unused();
  co_return outcome;
}

SupervisorBackend::Answer<json::array> SupervisorBackend::images(
    std::vector<std::string> services) {
  if (ending_) co_return ending_error();
  if (auto known = check_services(services, "show the images of"); !known) co_return known.error();
  co_return co_await outcome_of(
      begin(tasks_, "images", list_images(supervision_, std::move(services))));
}

SupervisorBackend::Answer<std::vector<api::ActionReply>> SupervisorBackend::plan(
    api::UpRequest request) {
  if (ending_) co_return ending_error();
  auto options = options_from(request);
  auto actions = co_await outcome_of(
      begin(tasks_, "plan", engine().foresee(std::move(request.project), std::move(options))));
  if (!actions) co_return actions.error();
  co_return replies(*actions);
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::down(api::DownRequest request) {
  if (ending_) co_return ending_error();
  std::vector<std::string> named = request.services;
  if (const auto* project = engine().project()) {
    for (const auto& name : project->disabled) std::erase(named, name);
  }
  if (auto known = check_services(named, "take down"); !known) co_return known.error();
  co_return co_await outcome_of(begin(tasks_, "down", down_and_let_go(std::move(request))));
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::down_and_let_go(
    api::DownRequest request) {
  std::set<std::string> runtimes;
  if (const auto* project = engine().project()) {
    for (const auto& [name, service] : project->services) runtimes.insert(service.runtime);
  }
  OutcomeReply answer;
  {
    const Work work(work_);
    auto outcome = co_await engine().down(duration_from(request.timeout_ms), request.services);
    if (!outcome) co_return outcome.error();
    answer = reply(*outcome);
    if (!answer.failures.empty() || engine().coming_up()) co_return answer;
    std::set<std::string> kept;
    for (const auto& status : engine().status()) kept.insert(status.id.service);
    const bool used_again = request.services.empty() && !kept.empty();
    if (used_again) co_return answer;
    auto options = release_options(request, kept);
    auto released = co_await release(std::move(runtimes), std::move(options));
    if (!released) co_return released.error();
  }
  // Of several the last lets go, so that none is cut off.
  if (ending_) co_return ending_error();
  if (unused()) {
    ending_ = true;
    co_await let_go_(true);
  }
  co_return answer;
}

// What the project's services shared; of the runtimes in use and these.
SupervisorBackend::Answer<void> SupervisorBackend::release(std::set<std::string> runtimes,
                                                           json::object options) {
  std::set<runtime::Driver*> drivers;
  for (const auto& name : runtimes) {
    if (auto driver = supervision_.use(name)) drivers.insert(*driver);
  }
  for (auto* driver : supervision_.drivers()) drivers.insert(driver);
  for (auto* driver : drivers) {
    if (!driver->has(CONSORT_EXT_PROJECT)) continue;
    auto released = co_await driver->release(options);
    if (!released) co_return released.error().wrap("cannot remove what the services shared");
  }
  co_return Result<void>();
}

SupervisorBackend::Answer<void> SupervisorBackend::quit() {
  if (ending_) co_return ending_error();
  ending_ = true;
  co_return co_await outcome_of(begin(tasks_, "quit", let_go_and_say_so()));
}

SupervisorBackend::Answer<void> SupervisorBackend::let_go_and_say_so() {
  co_await let_go_(false);
  co_return Result<void>();
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::start(api::ServicesRequest request) {
  auto wait = wait_from(request.wait);
  if (!wait) co_return wait.error();
  // Named: gcc 12 destroys a braced temporary of an awaiting expression twice (gcc bug 99576).
  engine::Selection selection{std::move(request.services), request.index};
  co_return co_await carry_out("start", engine().start(std::move(selection), *wait));
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::stop(api::ServicesRequest request) {
  return carry_out("stop", engine().stop({std::move(request.services), request.index},
                                         duration_from(request.timeout_ms)));
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::restart(api::ServicesRequest request) {
  return carry_out("restart", engine().restart({std::move(request.services), request.index},
                                               duration_from(request.timeout_ms), request.no_deps));
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::kill(api::ServicesRequest request) {
  return carry_out("kill", engine().kill({std::move(request.services), request.index},
                                         std::move(request.signal)));
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::pause(api::ServicesRequest request) {
  return carry_out("pause", engine().pause({std::move(request.services), request.index}));
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::unpause(api::ServicesRequest request) {
  return carry_out("unpause", engine().unpause({std::move(request.services), request.index}));
}

SupervisorBackend::Answer<OutcomeReply> SupervisorBackend::remove(api::ServicesRequest request) {
  return carry_out("rm", engine().remove({std::move(request.services), request.index}, request.stop,
                                         request.volumes));
}

std::vector<model::ReplicaStatus> SupervisorBackend::services() { return engine().status(); }

const model::Project* SupervisorBackend::project() { return engine().project(); }

SupervisorBackend::Answer<model::ExitInfo> SupervisorBackend::wait(model::ReplicaId id) {
  if (ending_) co_return ending_error();
  co_return co_await outcome_of(begin(tasks_, "wait", engine().wait(std::move(id))));
}

std::unique_ptr<api::EventSource> SupervisorBackend::events_from_now() {
  return supervision_.sources().events_from_now();
}

Result<std::unique_ptr<api::EventSource>> SupervisorBackend::events(std::string_view since,
                                                                    bool follow) {
  if (ending_) return ending_error();
  return supervision_.sources().events(since, follow);
}

Result<void> SupervisorBackend::check_services(const std::vector<std::string>& services,
                                               std::string_view verb) const {
  std::set<std::string, std::less<>> known;
  for (const auto& [id, instances] : supervision_.instances()) known.insert(id.service);
  if (const auto* project = supervision_.engine().project()) {
    for (const auto& [name, service] : project->services) known.insert(name);
  }
  for (const auto& name : services) {
    if (known.contains(name)) continue;
    const auto* project = supervision_.engine().project();
    return Error(ErrorKind::not_found,
                 "cannot " + std::string(verb) + " " + name + ": " +
                     model::absence(project ? *project : model::Project(), name));
  }
  return {};
}

Result<std::unique_ptr<api::LogSource>> SupervisorBackend::logs(api::LogQuery query) {
  if (ending_) return ending_error();
  if (auto known = check_services(query.services, "show the logs of"); !known) return known.error();
  return supervision_.sources().logs(query, supervision_.instances(), engine().status());
}

SupervisorBackend::Answer<json::array> SupervisorBackend::stats(std::vector<std::string> services) {
  if (ending_) co_return ending_error();
  if (auto known = check_services(services, "measure"); !known) co_return known.error();
  co_return co_await outcome_of(begin(tasks_, "stats", all_stats(std::move(services))));
}

// Of all that run, at once: a slow runtime holds up its own only.
SupervisorBackend::Answer<json::array> SupervisorBackend::all_stats(
    std::vector<std::string> services) {
  json::array out;
  base::TaskGroup measuring(tasks_.executor(), [](std::string_view, std::exception_ptr) {});
  for (auto& status : engine().status()) {
    if (!services.empty() && std::ranges::find(services, status.id.service) == services.end()) {
      continue;
    }
    if (engine().running(status.id)) measuring.spawn("stats", one_stats(std::move(status), out));
  }
  co_await measuring.join();
  std::ranges::sort(out, [](const json::value& a, const json::value& b) {
    const auto key = [](const json::value& v) {
      return std::pair(std::string_view(v.at("service").get_string()), v.at("index").as_int64());
    };
    return key(a) < key(b);
  });
  co_return out;
}

awaitable<void> SupervisorBackend::one_stats(model::ReplicaStatus status, json::array& out) {
  auto running = engine().running(status.id);
  if (!running) co_return;
  auto measured = co_await running->first->stats(running->second);
  json::object entry;
  if (measured) {
    entry = std::move(*measured);
  } else if (measured.error().kind() == ErrorKind::unsupported) {
    entry["error"] = "runtime " + status.runtime + " does not measure what its services use";
  } else {
    co_return;  // it ended
  }
  entry["service"] = status.id.service;
  entry["index"] = std::int64_t{status.id.index};
  entry["instance"] = running->second;
  out.push_back(std::move(entry));
}

SupervisorBackend::Answer<json::array> SupervisorBackend::doctor() {
  if (ending_) co_return ending_error();
  co_return co_await outcome_of(begin(tasks_, "doctor", all_fingerprints()));
}

// Of the runtimes in use: loading another to look at it is not this command's business.
SupervisorBackend::Answer<json::array> SupervisorBackend::all_fingerprints() {
  json::array out;
  for (runtime::Driver* driver : supervision_.drivers()) {
    const auto found = co_await driver->fingerprint();
    out.push_back(fingerprint_json(driver->name(), found));
  }
  co_return out;
}

SupervisorBackend::Answer<json::array> SupervisorBackend::top(std::vector<std::string> services) {
  if (ending_) co_return ending_error();
  if (auto known = check_services(services, "list the processes of"); !known) {
    co_return known.error();
  }
  co_return co_await outcome_of(begin(tasks_, "top", all_processes(std::move(services))));
}

// Of all that run; where a runtime cannot, or it has ended meanwhile, with the reason.
SupervisorBackend::Answer<json::array> SupervisorBackend::all_processes(
    std::vector<std::string> services) {
  json::array out;
  for (const auto& status : engine().status()) {
    if (!services.empty() && std::ranges::find(services, status.id.service) == services.end()) {
      continue;
    }
    auto running = engine().running(status.id);
    if (!running) continue;
    json::object entry;
    auto found = co_await running->first->top(running->second);
    if (found) {
      entry = std::move(*found);
    } else if (found.error().kind() == ErrorKind::unsupported) {
      entry["problem"] = "runtime " + running->first->name() + " does not show processes";
    } else {
      entry["problem"] = found.error().message();
    }
    entry["service"] = status.id.service;
    entry["index"] = std::int64_t{status.id.index};
    out.push_back(std::move(entry));
  }
  co_return out;
}

SupervisorBackend::Answer<json::object> SupervisorBackend::look(model::ReplicaId id,
                                                                std::string path) {
  if (ending_) co_return ending_error();
  const auto files = files_of(supervision_, id);
  if (!files) co_return files.error();
  auto found = co_await outcome_of(
      begin(tasks_, "look", files->first->look(files->second, std::move(path))));
  if (!found && found.error().kind() == ErrorKind::not_found) co_return json::object();
  co_return found;
}

awaitable<void> SupervisorBackend::copy(api::CopyRequest request, api::FrameStream& stream) {
  return copy_session(supervision_, tasks_, std::move(request), stream);
}

awaitable<void> SupervisorBackend::attach(api::AttachRequest request, api::FrameStream& stream) {
  return attach_session(supervision_, tasks_, std::move(request), stream);
}

awaitable<void> SupervisorBackend::exec(api::ExecRequest request, api::FrameStream& stream) {
  return exec_session(supervision_, tasks_, std::move(request), stream);
}

awaitable<void> SupervisorBackend::run(api::RunRequest request, api::FrameStream& stream) {
  return run_session(supervision_, tasks_, std::move(request), stream);
}

SupervisorBackend::Answer<model::ReplicaStatus> SupervisorBackend::run_detached(
    api::RunRequest request) {
  if (ending_) co_return ending_error();
  auto what = run_request(std::move(request));
  if (!what) co_return what.error();
  supervision_.use_settings(what->project);
  co_return co_await outcome_of(begin(tasks_, "run", engine().run(std::move(*what))));
}

}  // namespace consort::daemon
