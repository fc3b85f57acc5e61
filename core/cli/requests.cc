#include "core/cli/requests.h"

#include <algorithm>
#include <cctype>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "core/base/text.h"
#include "core/model/json.h"

namespace consort::cli {
namespace {

namespace json = boost::json;
using base::Error;

constexpr std::chrono::seconds version_patience{5};

std::string encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += digits[byte >> 4];
      encoded += digits[byte & 15];
    }
  }
  return encoded;
}

Error not_understood(std::string_view what) {
  return Error("cannot read the supervisor's answer to " + std::string(what));
}

// {"event": ..}, {"outcome": ..} or {"error": ..}.
struct StreamLine {
  std::optional<model::Event> event;
  std::optional<base::Result<api::OutcomeReply>> end;
};

base::Result<StreamLine> read_stream_line(std::string_view text) {
  boost::system::error_code failed;
  const json::value value = json::parse(text, failed);
  if (failed || !value.is_object()) return not_understood("a command: it is not JSON");
  const json::object& object = value.get_object();
  StreamLine line;
  if (const auto* event = object.if_contains("event")) {
    auto read = model::event_from_json(*event);
    if (!read) return read.error();
    line.event = std::move(*read);
  } else if (const auto* outcome = object.if_contains("outcome")) {
    line.end = api::outcome_from_json(*outcome);
  } else if (const auto* error = object.if_contains("error")) {
    const auto read = api::error_from_json(*error);
    if (!read) return read.error();
    line.end = api::to_error(*read);
  }
  return line;
}

}  // namespace

base::Result<api::Version> get_version(api::Client& client) {
  const auto answer = client.get("/v1/version", {.at_most = version_patience});
  if (!answer) return answer.error();
  return api::version_from_json(*answer);
}

base::Result<std::vector<model::ReplicaStatus>> get_services(api::Client& client) {
  const auto answer = client.get("/v1/services");
  if (!answer) return answer.error();
  const auto* object = answer->if_object();
  const auto* list = object == nullptr ? nullptr : object->if_contains("replicas");
  if (list == nullptr || !list->is_array()) return not_understood("/v1/services");
  std::vector<model::ReplicaStatus> replicas;
  for (const auto& entry : list->get_array()) {
    auto status = model::status_from_json(entry);
    if (!status) return status.error();
    replicas.push_back(std::move(*status));
  }
  std::ranges::sort(replicas, {}, &model::ReplicaStatus::id);
  return replicas;
}

base::Result<void> check_started(const std::vector<model::ReplicaStatus>& replicas,
                                 const std::vector<std::string>& services) {
  std::vector<std::string_view> known;
  for (const auto& status : replicas) known.push_back(status.id.service);
  for (const auto& service : services) {
    if (std::ranges::find(known, service) != known.end()) continue;
    const std::string near = base::nearest(service, known);
    return Error(base::ErrorKind::not_found,
                 "cannot find service " + service + ": it was not started" +
                     (near.empty() ? "" : "; did you mean " + near + "?"));
  }
  return {};
}

std::string target(std::string_view path,
                   const std::vector<std::pair<std::string_view, std::string>>& query) {
  std::string text(path);
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    text += separator;
    text += name;
    text += '=';
    text += encode(value);
    separator = '&';
  }
  return text;
}

base::Result<api::OutcomeReply> operate(api::Client& client, std::string_view path,
                                        const json::value& body, const OnEvent& on_event,
                                        int interrupt_fd) {
  std::optional<base::Result<api::OutcomeReply>> end;
  std::optional<Error> broken;
  const auto read = client.post_lines(
      path, body,
      [&](std::string_view text) {
        auto line = read_stream_line(text);
        if (!line) {
          broken = line.error();
          return false;
        }
        if (line->event && on_event) on_event(*line->event);
        if (line->end) end = std::move(line->end);
        return !end.has_value();
      },
      interrupt_fd);
  if (end) return std::move(*end);
  if (broken) return std::move(*broken);
  if (!read) return read.error();
  return Error(base::ErrorKind::unavailable,
               "cannot learn how it ended: the supervisor closed the connection "
               "(see its log: consort supervisor status)");
}

base::Result<void> follow_events(api::Client& client, std::string_view target_path,
                                 const std::function<bool(const model::Event&)>& line,
                                 int interrupt_fd) {
  std::optional<Error> broken;
  const auto read = client.get_lines(
      target_path,
      [&](std::string_view text) {
        boost::system::error_code failed;
        const json::value value = json::parse(text, failed);
        if (failed) {
          broken = not_understood("/v1/events: it is not JSON");
          return false;
        }
        const auto event = model::event_from_json(value);
        if (!event) {
          broken = event.error();
          return false;
        }
        return line(*event);
      },
      interrupt_fd);
  if (broken) return std::move(*broken);
  return read;
}

}  // namespace consort::cli
