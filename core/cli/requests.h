#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/api/client.h"
#include "core/api/protocol.h"
#include "core/model/event.h"

// The API's requests with typed answers.
namespace consort::cli {

// What every supervisor answers at once: one that takes seconds does not answer (`unavailable`).
base::Result<api::Version> get_version(api::Client& client);
// Ordered by service, then index.
base::Result<std::vector<model::ReplicaStatus>> get_services(api::Client& client);

// Has each of the services a replica? `not_found` for the first that has none.
base::Result<void> check_started(const std::vector<model::ReplicaStatus>& replicas,
                                 const std::vector<std::string>& services);

// "/v1/logs?services=a%2Cb&tail=3": pairs with an empty value are left out.
std::string target(std::string_view path,
                   const std::vector<std::pair<std::string_view, std::string>>& query);

using OnEvent = std::function<void(const model::Event&)>;

// POSTs an operation and reads its stream of events up to the outcome. Kind `cancelled` if
// `interrupt_fd` became readable first; the operation goes on then.
base::Result<api::OutcomeReply> operate(api::Client& client, std::string_view path,
                                        const boost::json::value& body, const OnEvent& on_event,
                                        int interrupt_fd = -1);

// Reads events until `line` returns false, the end, or the interrupt.
base::Result<void> follow_events(api::Client& client, std::string_view target,
                                 const std::function<bool(const model::Event&)>& line,
                                 int interrupt_fd);

}  // namespace consort::cli
