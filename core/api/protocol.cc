#include "core/api/protocol.h"

#include <array>

#include "core/api/fields.h"
#include "core/model/json.h"

namespace consort::api {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::array<std::pair<ErrorKind, std::string_view>, 8> kinds{{
    {ErrorKind::failed, "failed"},
    {ErrorKind::invalid, "invalid"},
    {ErrorKind::not_found, "not_found"},
    {ErrorKind::conflict, "conflict"},
    {ErrorKind::unavailable, "unavailable"},
    {ErrorKind::denied, "denied"},
    {ErrorKind::unsupported, "unsupported"},
    {ErrorKind::cancelled, "cancelled"},
}};

void put(json::object& out, std::string_view key, const std::optional<std::int64_t>& value) {
  if (value) out[key] = *value;
}

template <class Reply>
Reply reply_from_json(const json::value& value, Fields& parent, std::string_view text_key,
                      std::string Reply::*text) {
  Reply reply;
  Fields fields(value, "the outcome");
  fields("service", reply.service)("index", reply.index)(text_key, reply.*text);
  if constexpr (requires { reply.verb; }) fields("verb", reply.verb);
  if (fields.error()) parent.fail("an entry", "an object with service, index and text");
  return reply;
}

void read_project(Fields& fields, model::Project& project) {
  const auto* value = fields.find("project");
  if (value == nullptr) {
    return fields.fail(Error(ErrorKind::invalid, "cannot read the request: project is missing"));
  }
  auto read = model::project_from_json(*value);
  if (!read) return fields.fail(read.error().wrap("cannot read the request"));
  project = std::move(*read);
}

json::object command_to_json(const CommandRequest& value) {
  json::object out;
  out["service"] = value.service;
  out["argv"] = to_array(value.argv);
  out["environment"] = to_array(value.environment);
  out["working_dir"] = value.working_dir;
  out["user"] = value.user;
  out["tty"] = value.tty;
  out["stdin_open"] = value.stdin_open;
  out["rows"] = value.rows;
  out["columns"] = value.columns;
  return out;
}

void read_command(Fields& fields, CommandRequest& out) {
  fields("service", out.service)("argv", out.argv)("environment", out.environment)(
      "working_dir", out.working_dir)("user", out.user)("tty", out.tty)(
      "stdin_open", out.stdin_open)("rows", out.rows)("columns", out.columns);
  if (!fields.error() && out.service.empty()) fields.fail("service", "given");
  const auto refuse_zero = [&](std::string_view key, const std::string& text) {
    if (text.find('\0') != std::string::npos) fields.fail(key, "a text without zero bytes");
  };
  for (const auto& word : out.argv) refuse_zero("argv", word);
  for (const auto& line : out.environment) refuse_zero("environment", line);
  refuse_zero("working_dir", out.working_dir);
  refuse_zero("user", out.user);
}

}  // namespace

std::array<std::uint8_t, 5> frame_header(Frame type, std::size_t length) {
  return {static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(length >> 24),
          static_cast<std::uint8_t>(length >> 16), static_cast<std::uint8_t>(length >> 8),
          static_cast<std::uint8_t>(length)};
}

json::object to_json(const Version& value) {
  return {{"version", value.version}, {"major", value.major},     {"minor", value.minor},
          {"pid", value.pid},         {"project", value.project}, {"directory", value.directory},
          {"problem", value.problem}};
}

Result<Version> version_from_json(const json::value& value) {
  Version out;
  Fields fields(value, "the version");
  fields("version", out.version)("major", out.major)("minor", out.minor)("pid", out.pid)(
      "project", out.project)("directory", out.directory)("problem", out.problem);
  return fields.finish(std::move(out));
}

json::object to_json(const UpRequest& value) {
  json::object out;
  out["project"] = model::to_json(value.project);
  out["services"] = to_array(value.services);
  out["no_deps"] = value.no_deps;
  out["force_recreate"] = value.force_recreate;
  out["no_recreate"] = value.no_recreate;
  out["remove_orphans"] = value.remove_orphans;
  json::object scale;
  for (const auto& [service, replicas] : value.scale) scale[service] = replicas;
  out["scale"] = std::move(scale);
  out["wait"] = value.wait;
  put(out, "wait_timeout_ms", value.wait_timeout_ms);
  put(out, "stop_timeout_ms", value.stop_timeout_ms);
  out["pull"] = value.pull;
  out["build"] = value.build;
  out["recreate_deps"] = value.recreate_deps;
  out["renew_anon_volumes"] = value.renew_anon_volumes;
  return out;
}

Result<UpRequest> up_from_json(const json::value& value) {
  UpRequest out;
  Fields fields(value, "the request");
  fields("services", out.services)("no_deps", out.no_deps)("force_recreate", out.force_recreate)(
      "no_recreate", out.no_recreate)("remove_orphans", out.remove_orphans)("scale", out.scale)(
      "wait", out.wait)("wait_timeout_ms", out.wait_timeout_ms)(
      "stop_timeout_ms", out.stop_timeout_ms)("pull", out.pull)("build", out.build)(
      "recreate_deps", out.recreate_deps)("renew_anon_volumes", out.renew_anon_volumes);
  read_project(fields, out.project);
  return fields.finish(std::move(out));
}

json::object to_json(const DownRequest& value) {
  json::object out;
  out["services"] = to_array(value.services);
  put(out, "timeout_ms", value.timeout_ms);
  out["volumes"] = value.volumes;
  out["images"] = value.images;
  out["purge_cache"] = value.purge_cache;
  return out;
}

Result<DownRequest> down_from_json(const json::value& value) {
  DownRequest out;
  Fields fields(value, "the request");
  fields("services", out.services)("timeout_ms", out.timeout_ms)("volumes", out.volumes)(
      "images", out.images)("purge_cache", out.purge_cache);
  return fields.finish(std::move(out));
}

json::object to_json(const ServicesRequest& value) {
  json::object out;
  out["services"] = to_array(value.services);
  out["index"] = value.index;
  put(out, "timeout_ms", value.timeout_ms);
  out["signal"] = value.signal;
  out["no_deps"] = value.no_deps;
  out["stop"] = value.stop;
  out["volumes"] = value.volumes;
  out["wait"] = value.wait;
  return out;
}

Result<ServicesRequest> services_from_json(const json::value& value) {
  ServicesRequest out;
  Fields fields(value, "the request");
  fields("services", out.services)("index", out.index)("timeout_ms", out.timeout_ms)(
      "signal", out.signal)("no_deps", out.no_deps)("stop", out.stop)("volumes", out.volumes)(
      "wait", out.wait);
  return fields.finish(std::move(out));
}

json::object to_json(const ImagesRequest& value) {
  json::object out;
  out["project"] = model::to_json(value.project);
  out["services"] = to_array(value.services);
  out["policy"] = value.policy;
  json::object arguments;
  for (const auto& [name, argument] : value.arguments) arguments[name] = argument;
  out["arguments"] = std::move(arguments);
  out["no_cache"] = value.no_cache;
  out["pull"] = value.pull;
  return out;
}

Result<ImagesRequest> images_from_json(const json::value& value) {
  ImagesRequest out;
  Fields fields(value, "the request");
  fields("services", out.services)("policy", out.policy)("arguments", out.arguments)(
      "no_cache", out.no_cache)("pull", out.pull);
  read_project(fields, out.project);
  const bool known = out.policy.empty() || out.policy == "always" || out.policy == "missing";
  if (!fields.error() && !known) fields.fail("policy", "always or missing");
  return fields.finish(std::move(out));
}

json::object to_json(const AnswerRequest& value) {
  json::object out{{"prompt", value.prompt}};
  if (value.text) out["text"] = *value.text;
  return out;
}

Result<AnswerRequest> answer_from_json(const json::value& value) {
  AnswerRequest out;
  Fields fields(value, "the request");
  fields("prompt", out.prompt)("text", out.text);
  return fields.finish(std::move(out));
}

json::object to_json(const CopyRequest& value) {
  return {{"service", value.service},
          {"index", value.index},
          {"path", value.path},
          {"into", value.into}};
}

Result<CopyRequest> copy_from_json(const json::value& value) {
  CopyRequest out;
  Fields fields(value, "the request");
  fields("service", out.service)("index", out.index)("path", out.path)("into", out.into);
  if (!fields.error() && out.service.empty()) fields.fail("service", "given");
  if (!fields.error() && !out.path.starts_with('/')) fields.fail("path", "absolute");
  return fields.finish(std::move(out));
}

json::object to_json(const OutcomeReply& value) {
  json::array actions;
  actions.reserve(value.actions.size());
  for (const auto& action : value.actions) {
    actions.push_back(json::object{{"verb", action.verb},
                                   {"service", action.service},
                                   {"index", action.index},
                                   {"why", action.why}});
  }
  json::array failures;
  for (const auto& failure : value.failures) {
    failures.push_back(json::object{
        {"service", failure.service}, {"index", failure.index}, {"message", failure.message}});
  }
  return {{"actions", std::move(actions)}, {"failures", std::move(failures)}};
}

Result<OutcomeReply> outcome_from_json(const json::value& value) {
  OutcomeReply out;
  Fields fields(value, "the outcome");
  if (const auto* actions = fields.find("actions")) {
    if (!actions->is_array())
      fields.fail("actions", "an array");
    else
      for (const auto& action : actions->get_array()) {
        out.actions.push_back(
            reply_from_json<ActionReply>(action, fields, "why", &ActionReply::why));
      }
  }
  if (const auto* failures = fields.find("failures")) {
    if (!failures->is_array())
      fields.fail("failures", "an array");
    else
      for (const auto& failure : failures->get_array()) {
        out.failures.push_back(
            reply_from_json<FailureReply>(failure, fields, "message", &FailureReply::message));
      }
  }
  return fields.finish(std::move(out));
}

json::object to_json(const ErrorReply& value) {
  return {{"kind", value.kind}, {"message", value.message}};
}

Result<ErrorReply> error_from_json(const json::value& value) {
  ErrorReply out;
  Fields fields(value, "the error");
  fields("kind", out.kind)("message", out.message);
  return fields.finish(std::move(out));
}

json::object to_json(const AttachRequest& value) {
  return {{"service", value.service}, {"index", value.index}, {"stdin_open", value.stdin_open}};
}

Result<AttachRequest> attach_from_json(const json::value& value) {
  AttachRequest out;
  Fields fields(value, "the request");
  fields("service", out.service)("index", out.index)("stdin_open", out.stdin_open);
  if (!fields.error() && out.service.empty()) fields.fail("service", "given");
  return fields.finish(std::move(out));
}

json::object to_json(const ExecRequest& value) {
  json::object out = command_to_json(value);
  out["index"] = value.index;
  out["privileged"] = value.privileged;
  return out;
}

Result<ExecRequest> exec_from_json(const json::value& value) {
  ExecRequest out;
  Fields fields(value, "the request");
  read_command(fields, out);
  fields("index", out.index)("privileged", out.privileged);
  if (!fields.error() && out.argv.empty()) fields.fail("argv", "a command");
  return fields.finish(std::move(out));
}

json::object to_json(const RunRequest& value) {
  json::object out = command_to_json(value);
  out["project"] = model::to_json(value.project);
  out["no_deps"] = value.no_deps;
  out["remove"] = value.remove;
  out["name"] = value.name;
  out["detach"] = value.detach;
  out["publish"] = value.publish;
  out["pull"] = value.pull;
  out["build"] = value.build;
  return out;
}

Result<RunRequest> run_from_json(const json::value& value) {
  RunRequest out;
  Fields fields(value, "the request");
  read_command(fields, out);
  fields("no_deps", out.no_deps)("remove", out.remove)("name", out.name)("detach", out.detach)(
      "publish", out.publish)("pull", out.pull)("build", out.build);
  read_project(fields, out.project);
  return fields.finish(std::move(out));
}

ErrorReply to_reply(const Error& error) {
  for (const auto& [kind, text] : kinds) {
    if (kind == error.kind()) return {std::string(text), error.message()};
  }
  return {"failed", error.message()};
}

Error to_error(const ErrorReply& reply) {
  for (const auto& [kind, text] : kinds) {
    if (text == reply.kind) return Error(kind, reply.message);
  }
  return Error(ErrorKind::failed, reply.message);  // a kind that only a newer peer has
}

}  // namespace consort::api
