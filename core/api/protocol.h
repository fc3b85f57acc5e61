#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/base/result.h"
#include "core/model/event.h"
#include "core/model/project.h"

// The requests and answers of the supervisor's API and their JSON form: HTTP/1.1 over the project's
// Unix socket. Described for people in docs/api.md.
//
//   method path                 body -> answer
//   GET    /v1/version          -> Version
//   POST   /v1/up               UpRequest -> stream, then OutcomeReply
//   POST   /v1/create           UpRequest -> stream, then OutcomeReply
//   POST   /v1/plan             UpRequest -> {"actions": [Action]}
//   POST   /v1/down             DownRequest -> stream, then OutcomeReply
//   POST   /v1/start            ServicesRequest -> stream, then OutcomeReply
//   POST   /v1/stop             ServicesRequest -> stream, then OutcomeReply
//   POST   /v1/restart          ServicesRequest -> stream, then OutcomeReply
//   POST   /v1/pause            ServicesRequest -> stream, then OutcomeReply
//   POST   /v1/unpause          ServicesRequest -> stream, then OutcomeReply
//   POST   /v1/rm               ServicesRequest -> stream, then OutcomeReply
//   POST   /v1/kill             ServicesRequest -> OutcomeReply
//   POST   /v1/pull             ImagesRequest -> stream, then OutcomeReply
//   POST   /v1/build            ImagesRequest -> stream, then OutcomeReply
//   GET    /v1/images?services= -> {"images": [{"service","index", ...images/1}]}
//   GET    /v1/services         -> {"replicas": [ReplicaStatus]}   (all, one-offs too)
//   GET    /v1/project          -> {"project": Project}
//   GET    /v1/wait?service=&index=   -> {"exit": ExitInfo} when it has ended for good
//   GET    /v1/events?since=CURSOR&follow=0|1&services=a,b  -> NDJSON of Event
//   GET    /v1/logs?services=a,b&index=&tail=N|all&since=RFC3339&until=RFC3339&follow=0|1
//                  &until_ended=0|1 -> text/plain, each line "<replica> <CRI line>"
//   GET    /v1/stats?services=a,b -> {"stats": [{"service","index","instance", ...stats/1}]}
//   GET    /v1/top?services=a,b -> {"top": [{"service","index", ...top/1 or "problem"}]}
//   GET    /v1/look?service=&index=&path= -> {"file": ...copy/1}; {}: there is none
//   POST   /v1/copy   (Upgrade) CopyRequest -> 101, then frames: a tar archive, and exit or error
//   POST   /v1/attach (Upgrade) AttachRequest -> 101, then frames
//   POST   /v1/exec   (Upgrade) ExecRequest -> 101, then frames
//   POST   /v1/run    (Upgrade) RunRequest -> 101, then frames (or detached: {"replica": ...})
//   GET    /v1/doctor           -> {"runtimes": [{"name", "summary", "facts", "problems"}]}
//   POST   /v1/supervisor/stop  -> {} ; the supervisor ends, the services stay
//
// A "stream" is NDJSON: {"event": Event} lines while it goes on, then one {"outcome": OutcomeReply}
// or {"error": ErrorReply} line. Other errors are ErrorReply with an HTTP status of the same sense.
// Each answer has the header `Consort-Api: MAJOR.MINOR`. A client of another major is told so.
namespace consort::api {

inline constexpr int api_major = 1;
inline constexpr int api_minor = 0;

struct Version {
  std::string version;  // of the program
  int major = api_major;
  int minor = api_minor;
  std::int64_t pid = 0;
  std::string project;
  std::string directory;
  std::string problem;  // for people: what is wrong with what it says of the project; "": nothing
};

struct UpRequest {
  model::Project project;
  std::vector<std::string> services;
  bool no_deps = false;
  bool force_recreate = false;
  bool no_recreate = false;
  bool remove_orphans = false;
  std::map<std::string, std::uint32_t> scale;
  std::string wait = "started";  // none | started | ready
  std::optional<std::int64_t> wait_timeout_ms;
  std::optional<std::int64_t> stop_timeout_ms;
  std::string pull;                 // "always" | "missing" | "never"; "": as the file says
  std::string build;                // "always" | "never"; "": images that are missing
  bool recreate_deps = false;       // force_recreate for what the named services depend on
  bool renew_anon_volumes = false;  // what is replaced begins with empty anonymous volumes
};

struct DownRequest {
  std::vector<std::string> services;  // empty: all, and the supervisor ends
  std::optional<std::int64_t> timeout_ms;
  bool volumes = false;      // remove them too
  std::string images;        // "local" | "all": remove these too
  bool purge_cache = false;  // what runtimes keep for the next project too
};

struct ServicesRequest {
  std::vector<std::string> services;  // empty: all
  std::uint32_t index = 0;            // 0: every replica
  std::optional<std::int64_t> timeout_ms;
  std::string signal;         // kill
  bool no_deps = false;       // restart
  bool stop = false;          // rm: also what runs
  bool volumes = false;       // rm: also the volumes that are the instances' own
  std::string wait = "none";  // start: none | started | ready
};

// The files of an instance, by a path in it.
struct CopyRequest {
  std::string service;
  std::uint32_t index = 1;
  std::string path;
  bool into = false;  // the client sends the archive, to be unpacked in the directory `path`
};

// Of pull and build. Runs no service, and needs none that does.
struct ImagesRequest {
  model::Project project;
  std::vector<std::string> services;             // empty: all
  std::string policy;                            // pull: "always" (or "") | "missing"
  std::map<std::string, std::string> arguments;  // build, and the rest
  bool no_cache = false;
  bool pull = false;
};

// The own input and output of an instance that runs, from now on.
struct AttachRequest {
  std::string service;
  std::uint32_t index = 1;
  bool stdin_open = true;  // pass input on, if the service takes any
};

// The answer to an event of type "prompt".
struct AnswerRequest {
  std::uint64_t prompt = 0;
  std::optional<std::string> text;  // none: the person would not say
};

struct ActionReply {
  std::string verb, service, why;
  std::uint32_t index = 0;
};
struct FailureReply {
  std::string service, message;
  std::uint32_t index = 0;
};
struct OutcomeReply {
  std::vector<ActionReply> actions;
  std::vector<FailureReply> failures;
};
struct ErrorReply {
  std::string kind;  // of base::ErrorKind, as text
  std::string message;
};

// A command of a person, in an instance that runs or in one of its own.
struct CommandRequest {
  std::string service;            // in the project
  std::vector<std::string> argv;  // of a run, empty: the service's own
  std::vector<std::string> environment;
  std::string working_dir;
  std::string user;
  bool tty = false;
  bool stdin_open = true;
  std::uint16_t rows = 0, columns = 0;
};

struct ExecRequest : CommandRequest {
  std::uint32_t index = 1;
  bool privileged = false;
};

struct RunRequest : CommandRequest {
  model::Project project;
  bool no_deps = false;
  bool remove = false;  // --rm
  std::string name;     // of its container; "": one is made up
  bool detach = false;
  bool publish = false;  // the ports that the project says it has
  std::string pull;      // these two: see UpRequest
  std::string build;
};

// Frames of an upgraded connection: type (1 byte), length (4 bytes, big-endian), payload.
enum class Frame : std::uint8_t {
  // client to supervisor
  stdin_data = 0,
  stdin_end = 1,
  resize = 2,  // rows, columns: two big-endian uint16
  signal = 3,  // name
  // supervisor to client
  stdout_data = 16,
  stderr_data = 17,
  exit = 18,   // big-endian int32, the shell code; the last frame
  error = 19,  // ErrorReply as JSON; the last frame
};
inline constexpr std::size_t frame_limit = 1u << 20;
std::array<std::uint8_t, 5> frame_header(Frame type, std::size_t length);

boost::json::object to_json(const Version& value);
boost::json::object to_json(const UpRequest& value);
boost::json::object to_json(const DownRequest& value);
boost::json::object to_json(const ServicesRequest& value);
boost::json::object to_json(const ImagesRequest& value);
boost::json::object to_json(const AnswerRequest& value);
boost::json::object to_json(const CopyRequest& value);
boost::json::object to_json(const AttachRequest& value);
boost::json::object to_json(const OutcomeReply& value);
boost::json::object to_json(const ErrorReply& value);
boost::json::object to_json(const ExecRequest& value);
boost::json::object to_json(const RunRequest& value);

base::Result<Version> version_from_json(const boost::json::value& json);
base::Result<UpRequest> up_from_json(const boost::json::value& json);
base::Result<DownRequest> down_from_json(const boost::json::value& json);
base::Result<ServicesRequest> services_from_json(const boost::json::value& json);
base::Result<ImagesRequest> images_from_json(const boost::json::value& json);
base::Result<AnswerRequest> answer_from_json(const boost::json::value& json);
base::Result<CopyRequest> copy_from_json(const boost::json::value& json);
base::Result<AttachRequest> attach_from_json(const boost::json::value& json);
base::Result<OutcomeReply> outcome_from_json(const boost::json::value& json);
base::Result<ErrorReply> error_from_json(const boost::json::value& json);
base::Result<ExecRequest> exec_from_json(const boost::json::value& json);
base::Result<RunRequest> run_from_json(const boost::json::value& json);

ErrorReply to_reply(const base::Error& error);
base::Error to_error(const ErrorReply& reply);

}  // namespace consort::api
