#pragma once

#include <functional>
#include <set>
#include <string>

#include "core/api/backend.h"
#include "core/base/task_group.h"
#include "core/daemon/images.h"
#include "core/daemon/supervision.h"

namespace consort::daemon {

// The API's requests, carried out by the engine.
class SupervisorBackend final : public api::Backend {
 public:
  // Lets go of the project; with `remove`, nothing of it is left. Completes when a new supervisor
  // may take it.
  using LetGo = std::function<asio::awaitable<void>(bool remove)>;

  SupervisorBackend(Supervision& supervision, base::TaskGroup& tasks, std::string project,
                    LetGo let_go);

  api::Version version() const override;
  Answer<api::OutcomeReply> up(api::UpRequest request) override;
  Answer<std::vector<api::ActionReply>> plan(api::UpRequest request) override;
  Answer<api::OutcomeReply> down(api::DownRequest request) override;
  Answer<api::OutcomeReply> start(api::ServicesRequest request) override;
  Answer<api::OutcomeReply> stop(api::ServicesRequest request) override;
  Answer<api::OutcomeReply> restart(api::ServicesRequest request) override;
  Answer<api::OutcomeReply> kill(api::ServicesRequest request) override;
  Answer<api::OutcomeReply> create(api::UpRequest request) override;
  Answer<api::OutcomeReply> pause(api::ServicesRequest request) override;
  Answer<api::OutcomeReply> unpause(api::ServicesRequest request) override;
  Answer<api::OutcomeReply> remove(api::ServicesRequest request) override;
  Answer<api::OutcomeReply> pull(api::ImagesRequest request) override;
  Answer<api::OutcomeReply> build(api::ImagesRequest request) override;
  Answer<boost::json::array> images(std::vector<std::string> services) override;
  std::vector<model::ReplicaStatus> services() override;
  const model::Project* project() override;
  Answer<model::ExitInfo> wait(model::ReplicaId id) override;
  std::unique_ptr<api::EventSource> events_from_now() override;
  base::Result<std::unique_ptr<api::EventSource>> events(std::string_view since,
                                                         bool follow) override;
  base::Result<std::unique_ptr<api::LogSource>> logs(api::LogQuery query) override;
  Answer<boost::json::array> stats(std::vector<std::string> services) override;
  Answer<boost::json::array> doctor() override;
  Answer<boost::json::array> top(std::vector<std::string> services) override;
  Answer<boost::json::object> look(model::ReplicaId id, std::string path) override;
  asio::awaitable<void> copy(api::CopyRequest request, api::FrameStream& stream) override;
  asio::awaitable<void> attach(api::AttachRequest request, api::FrameStream& stream) override;
  asio::awaitable<void> exec(api::ExecRequest request, api::FrameStream& stream) override;
  asio::awaitable<void> run(api::RunRequest request, api::FrameStream& stream) override;
  Answer<model::ReplicaStatus> run_detached(api::RunRequest request) override;
  std::shared_ptr<void> join_prompts() override;
  base::Result<void> answer(api::AnswerRequest request) override;
  void use_environment(std::map<std::string, std::string> environment) override;
  Answer<void> quit() override;

  // There is no project and no service, and nobody is about to change that.
  bool unused() const { return nothing_is_left(0); }

 private:
  Answer<api::OutcomeReply> carry_out(std::string_view name, Answer<engine::Outcome> operation);
  base::Result<engine::UpRequest> up_request(api::UpRequest request);
  Answer<api::OutcomeReply> up_and_tidy(engine::UpRequest request, bool create);
  Answer<api::OutcomeReply> get_images_and_tidy(api::ImagesRequest request, ImageWork work);
  bool nothing_is_left(int own_work) const;
  asio::awaitable<void> go_if_unused();
  Answer<api::OutcomeReply> down_and_let_go(api::DownRequest request);
  Answer<void> release(std::set<std::string> runtimes, boost::json::object options);
  Answer<void> let_go_and_say_so();
  Answer<boost::json::array> all_processes(std::vector<std::string> services);
  Answer<boost::json::array> all_stats(std::vector<std::string> services);
  asio::awaitable<void> one_stats(model::ReplicaStatus status, boost::json::array& out);
  Answer<boost::json::array> all_fingerprints();
  base::Result<void> check_services(const std::vector<std::string>& services,
                                    std::string_view verb) const;
  engine::Supervisor& engine() { return supervision_.engine(); }

  Supervision& supervision_;
  base::TaskGroup& tasks_;
  const std::string project_;
  const LetGo let_go_;
  int work_ = 0;  // commands under way that a supervisor without a project has to stay for
  bool ending_ = false;
};

}  // namespace consort::daemon
