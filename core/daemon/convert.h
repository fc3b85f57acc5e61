#pragma once

#include "core/api/protocol.h"
#include "core/engine/supervisor.h"

// Between the API's words and the engine's. Pure.
namespace consort::daemon {

base::Result<engine::Wait> wait_from(const std::string& text);
std::optional<base::Duration> duration_from(std::optional<std::int64_t> milliseconds);
plan::Options options_from(const api::UpRequest& request);
std::vector<api::ActionReply> replies(const std::vector<plan::Action>& actions);
api::OutcomeReply reply(const engine::Outcome& outcome);

// What runtimes are told at the end of a down; `kept`: services that were not taken down.
boost::json::object release_options(const api::DownRequest& request,
                                    const std::set<std::string>& kept);

engine::Preparation preparation_from(const std::string& pull, const std::string& build);

// The service that `run` is to run: the file's with the request's overrides. It is on its own: not
// restarted or probed, and published only if that is asked for.
base::Result<model::Service> one_off_service(const api::RunRequest& request);
base::Result<engine::RunRequest> run_request(api::RunRequest request);

// What a runtime says of itself, or why it cannot, as doctor shows it. A runtime without a
// fingerprint (`unsupported`) has no problem.
boost::json::object fingerprint_json(const std::string& runtime,
                                     const base::Result<runtime::Fingerprint>& found);

}  // namespace consort::daemon
