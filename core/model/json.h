#pragma once

#include <boost/json/value.hpp>

#include "core/base/result.h"
#include "core/model/event.h"
#include "core/model/project.h"

// The one JSON form of the model's values: on the API, in the record, in `--format json`.
// Reading ignores unknown members (a newer peer) and takes the default for missing ones (an older
// peer); a member of the wrong type is an error that names its path.
namespace consort::model {

boost::json::object to_json(const Project& project);
boost::json::object to_json(const Service& service);
boost::json::object to_json(const ReplicaStatus& status);
boost::json::object to_json(const ExitInfo& exit);
boost::json::object to_json(const Event& event);

base::Result<Project> project_from_json(const boost::json::value& json);
base::Result<ReplicaStatus> status_from_json(const boost::json::value& json);
base::Result<Event> event_from_json(const boost::json::value& json);

// RFC 3339 in UTC with nine decimals: "2026-01-02T03:04:05.000000006Z"; "" for the epoch (unset).
std::string format_time(WallTime time);
// RFC 3339 with any offset and 0 to 9 decimals; nullopt if it is not.
std::optional<WallTime> parse_time(std::string_view text);

}  // namespace consort::model
