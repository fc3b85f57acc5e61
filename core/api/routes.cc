#include "core/api/routes.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/base/text.h"
#include "core/model/json.h"

namespace consort::api {
namespace {

namespace json = boost::json;
using namespace asio::experimental::awaitable_operators;
using asio::awaitable;
using base::Error;
using base::ErrorKind;
using base::Result;

Reply json_reply(const json::object& body) { return {.body = json::serialize(body) + '\n'}; }

std::string json_line(std::string_view key, json::object value) {
  return json::serialize(json::object{{key, std::move(value)}}) + '\n';
}

Result<json::value> parse_body(Request& request) {
  json::parse_options options;
  options.max_depth = 64;
  boost::system::error_code failed;
  json::value value = json::parse(request.body.empty() ? "{}" : request.body, failed, {}, options);
  std::string().swap(request.body);
  if (failed) {
    return Error(ErrorKind::invalid,
                 "cannot read the request: it is not JSON: " + failed.message());
  }
  return value;
}

template <class T>
Result<T> read_body(Request& request, Result<T> (*read)(const json::value&)) {
  auto body = parse_body(request);
  if (!body) return body.error();
  return read(*body);
}

// ---- the query
// -----------------------------------------------------------------------------------

std::string_view parameter(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string_view() : std::string_view(found->second);
}

std::vector<std::string> list_parameter(const Request& request, const std::string& name) {
  const std::string_view text = parameter(request, name);
  return text.empty() ? std::vector<std::string>() : base::split(text, ',');
}

Error bad_parameter(std::string_view name, std::string_view text, std::string_view expected) {
  return Error(ErrorKind::invalid, "cannot read the request: " + std::string(name) + "=" +
                                       std::string(text) + " is not " + std::string(expected));
}

template <class T>
Result<std::optional<T>> number_parameter(const Request& request, const std::string& name) {
  const std::string_view text = parameter(request, name);
  if (text.empty()) return std::optional<T>();
  T value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) {
    return bad_parameter(name, text, "a whole number");
  }
  return std::optional<T>(value);
}

Result<bool> flag_parameter(const Request& request, const std::string& name) {
  const std::string_view text = parameter(request, name);
  if (text.empty() || text == "0" || text == "false") return false;
  if (text == "1" || text == "true") return true;
  return bad_parameter(name, text, "0 or 1");
}

Result<std::optional<model::WallTime>> time_parameter(const Request& request,
                                                      const std::string& name) {
  const std::string_view text = parameter(request, name);
  if (text.empty()) return std::optional<model::WallTime>();
  const auto time = model::parse_time(text);
  if (!time) return bad_parameter(name, text, "a time of RFC 3339");
  return time;
}

// ---- commands with a stream of events
// ------------------------------------------------------------

awaitable<void> pump_events(EventSource& events, Writer& writer) {
  for (;;) {
    const auto batch = co_await events.next();
    if (batch.empty()) co_return;
    std::string lines;
    for (const auto& event : batch) lines += json_line("event", model::to_json(event));
    const bool taken = co_await writer.write(lines);
    if (!taken) co_return;
  }
}

awaitable<void> run_operation(Backend::Answer<OutcomeReply> operation, EventSource& events,
                              Result<OutcomeReply>& result) {
  result = co_await std::move(operation);
  events.finish();
}

// `asker`: held as long as the command can ask a person.
awaitable<void> run_command(std::shared_ptr<EventSource> events,
                            [[maybe_unused]] std::shared_ptr<void> asker,
                            Backend::Answer<OutcomeReply> operation, Writer& writer) {
  Result<OutcomeReply> result = Error("no result");
  co_await (run_operation(std::move(operation), *events, result) && pump_events(*events, writer));
  const std::string last = result ? json_line("outcome", to_json(*result))
                                  : json_line("error", to_json(to_reply(result.error())));
  co_await writer.write(last);
}

template <class Body>
using Operation = Backend::Answer<OutcomeReply> (Backend::*)(Body);

template <class Body>
Response command(Backend& backend, Request& request, Result<Body> (*read)(const json::value&),
                 Operation<Body> operation) {
  auto body = read_body(request, read);
  if (!body) return error_reply(body.error());
  const auto prompts = flag_parameter(request, "prompts");
  if (!prompts) return error_reply(prompts.error());
  auto shared = std::make_shared<Body>(std::move(*body));  // a std::function must be copyable
  return Stream{"application/x-ndjson", [&backend, operation, shared, events = request.events,
                                         prompts = *prompts](Writer& writer) {
                  auto asker = prompts ? backend.join_prompts() : nullptr;
                  return run_command(events, std::move(asker),
                                     (backend.*operation)(std::move(*shared)), writer);
                }};
}

awaitable<Response> up(Backend& backend, Request& request) {
  co_return command(backend, request, up_from_json, &Backend::up);
}
awaitable<Response> down(Backend& backend, Request& request) {
  co_return command(backend, request, down_from_json, &Backend::down);
}
awaitable<Response> start(Backend& backend, Request& request) {
  co_return command(backend, request, services_from_json, &Backend::start);
}
awaitable<Response> stop(Backend& backend, Request& request) {
  co_return command(backend, request, services_from_json, &Backend::stop);
}
awaitable<Response> restart(Backend& backend, Request& request) {
  co_return command(backend, request, services_from_json, &Backend::restart);
}
awaitable<Response> create(Backend& backend, Request& request) {
  co_return command(backend, request, up_from_json, &Backend::create);
}
awaitable<Response> pause(Backend& backend, Request& request) {
  co_return command(backend, request, services_from_json, &Backend::pause);
}
awaitable<Response> unpause(Backend& backend, Request& request) {
  co_return command(backend, request, services_from_json, &Backend::unpause);
}
awaitable<Response> remove(Backend& backend, Request& request) {
  co_return command(backend, request, services_from_json, &Backend::remove);
}
awaitable<Response> pull(Backend& backend, Request& request) {
  co_return command(backend, request, images_from_json, &Backend::pull);
}
awaitable<Response> build(Backend& backend, Request& request) {
  co_return command(backend, request, images_from_json, &Backend::build);
}

// ---- plain answers
// -------------------------------------------------------------------------------

awaitable<Response> kill(Backend& backend, Request& request) {
  auto body = read_body(request, services_from_json);
  if (!body) co_return error_reply(body.error());
  auto outcome = co_await backend.kill(std::move(*body));
  if (!outcome) co_return error_reply(outcome.error());
  co_return json_reply(to_json(*outcome));
}

awaitable<Response> answer(Backend& backend, Request& request) {
  auto body = read_body(request, answer_from_json);
  if (!body) co_return error_reply(body.error());
  const auto taken = backend.answer(std::move(*body));
  if (!taken) co_return error_reply(taken.error());
  co_return json_reply({});
}

awaitable<Response> version(Backend& backend, Request&) {
  co_return json_reply(to_json(backend.version()));
}

awaitable<Response> plan(Backend& backend, Request& request) {
  auto body = read_body(request, up_from_json);
  if (!body) co_return error_reply(body.error());
  auto actions = co_await backend.plan(std::move(*body));
  if (!actions) co_return error_reply(actions.error());
  OutcomeReply outcome;
  outcome.actions = std::move(*actions);
  json::object answer = to_json(outcome);
  answer.erase("failures");
  co_return json_reply(answer);
}

awaitable<Response> services(Backend& backend, Request&) {
  json::array replicas;
  for (const auto& status : backend.services()) replicas.push_back(model::to_json(status));
  co_return json_reply({{"replicas", std::move(replicas)}});
}

awaitable<Response> project(Backend& backend, Request&) {
  const model::Project* project = backend.project();
  if (project == nullptr) {
    co_return error_reply(Error(ErrorKind::not_found, "cannot show the project: it is not up"));
  }
  co_return json_reply({{"project", model::to_json(*project)}});
}

Result<model::ReplicaId> replica_parameter(const Request& request) {
  const auto index = number_parameter<std::uint32_t>(request, "index");
  if (!index) return index.error();
  model::ReplicaId id{std::string(parameter(request, "service")), index->value_or(1)};
  if (id.service.empty()) {
    return Error(ErrorKind::invalid, "cannot read the request: service is missing");
  }
  return id;
}

awaitable<Response> wait(Backend& backend, Request& request) {
  auto id = replica_parameter(request);
  if (!id) co_return error_reply(id.error());
  auto exit = co_await backend.wait(std::move(*id));
  if (!exit) co_return error_reply(exit.error());
  co_return json_reply({{"exit", model::to_json(*exit)}});
}

awaitable<Response> stats(Backend& backend, Request& request) {
  auto found = co_await backend.stats(list_parameter(request, "services"));
  if (!found) co_return error_reply(found.error());
  co_return json_reply({{"stats", std::move(*found)}});
}

awaitable<Response> top(Backend& backend, Request& request) {
  auto found = co_await backend.top(list_parameter(request, "services"));
  if (!found) co_return error_reply(found.error());
  co_return json_reply({{"top", std::move(*found)}});
}

awaitable<Response> look(Backend& backend, Request& request) {
  auto id = replica_parameter(request);
  if (!id) co_return error_reply(id.error());
  std::string path(parameter(request, "path"));
  if (!path.starts_with('/')) co_return error_reply(bad_parameter("path", path, "absolute"));
  auto found = co_await backend.look(std::move(*id), std::move(path));
  if (!found) co_return error_reply(found.error());
  co_return json_reply({{"file", std::move(*found)}});
}

awaitable<Response> images(Backend& backend, Request& request) {
  auto found = co_await backend.images(list_parameter(request, "services"));
  if (!found) co_return error_reply(found.error());
  co_return json_reply({{"images", std::move(*found)}});
}

awaitable<Response> doctor(Backend& backend, Request&) {
  auto found = co_await backend.doctor();
  if (!found) co_return error_reply(found.error());
  co_return json_reply({{"runtimes", std::move(*found)}});
}

awaitable<Response> quit(Backend& backend, Request&) {
  const auto done = co_await backend.quit();
  if (!done) co_return error_reply(done.error());
  co_return json_reply({});
}

// ---- events and logs
// -----------------------------------------------------------------------------

awaitable<void> stream_events(std::shared_ptr<EventSource> events,
                              std::vector<std::string> services, Writer& writer) {
  for (;;) {
    const auto batch = co_await events->next();
    if (batch.empty()) co_return;
    std::string lines;
    for (const auto& event : batch) {
      if (!services.empty() && !event.service.empty() &&
          std::find(services.begin(), services.end(), event.service) == services.end()) {
        continue;
      }
      json::object object = model::to_json(event);
      object["cursor"] = events->cursor(event.sequence);
      lines += json::serialize(object) + '\n';
    }
    if (lines.empty()) continue;
    const bool taken = co_await writer.write(lines);
    if (!taken) co_return;
  }
}

awaitable<Response> events(Backend& backend, Request& request) {
  const auto follow = flag_parameter(request, "follow");
  if (!follow) co_return error_reply(follow.error());
  auto source = backend.events(parameter(request, "since"), *follow);
  if (!source) co_return error_reply(source.error());
  std::shared_ptr<EventSource> shared = std::move(*source);
  co_return Stream{"application/x-ndjson",
                   [shared, services = list_parameter(request, "services")](Writer& writer) {
                     return stream_events(shared, services, writer);
                   }};
}

awaitable<void> stream_logs(std::shared_ptr<LogSource> source, Writer& writer) {
  for (;;) {
    const auto lines = co_await source->next();
    if (!lines) {
      // The format has no place for an error but a line of a replica that cannot be: "-".
      const std::string at = model::format_time(base::system_clock().wall());
      co_await writer.write("- " + at + " stderr F " + lines.error().message() + "\n");
      co_return;
    }
    if (lines->empty()) co_return;
    const bool taken = co_await writer.write(*lines);
    if (!taken) co_return;
  }
}

Result<LogQuery> log_query(const Request& request) {
  LogQuery query;
  query.services = list_parameter(request, "services");
  const auto index = number_parameter<std::uint32_t>(request, "index");
  if (!index) return index.error();
  query.index = index->value_or(0);
  if (parameter(request, "tail") != "all") {
    const auto tail = number_parameter<std::uint64_t>(request, "tail");
    if (!tail) return tail.error();
    query.tail = *tail;
  }
  const auto since = time_parameter(request, "since");
  if (!since) return since.error();
  query.since = *since;
  const auto until = time_parameter(request, "until");
  if (!until) return until.error();
  query.until = *until;
  const auto follow = flag_parameter(request, "follow");
  if (!follow) return follow.error();
  query.follow = *follow;
  const auto until_ended = flag_parameter(request, "until_ended");
  if (!until_ended) return until_ended.error();
  query.until_ended = *until_ended;
  return query;
}

awaitable<Response> logs(Backend& backend, Request& request) {
  auto query = log_query(request);
  if (!query) co_return error_reply(query.error());
  auto source = backend.logs(std::move(*query));
  if (!source) co_return error_reply(source.error());
  std::shared_ptr<LogSource> shared = std::move(*source);
  co_return Stream{"text/plain; charset=utf-8",
                   [shared](Writer& writer) { return stream_logs(shared, writer); }};
}

// ---- upgraded connections
// ------------------------------------------------------------------------

Reply upgrade_required() {
  return error_reply(426, Error(ErrorKind::invalid,
                                "cannot answer without \"Connection: Upgrade\" and \"Upgrade: "
                                "consort-stream\": this answer is a stream of frames"));
}

// What is asked for is done on the connection itself.
template <class Body>
awaitable<Response> upgraded(Backend& backend, Request& request,
                             Result<Body> (*read)(const json::value&),
                             awaitable<void> (Backend::*serve)(Body, FrameStream&)) {
  auto body = read_body(request, read);
  if (!body) co_return error_reply(body.error());
  if (!request.upgrade) co_return upgrade_required();
  co_return Upgraded{[&backend, serve, body = std::move(*body)](FrameStream& stream) {
    return (backend.*serve)(body, stream);
  }};
}

awaitable<Response> attach(Backend& backend, Request& request) {
  return upgraded(backend, request, attach_from_json, &Backend::attach);
}

awaitable<Response> exec(Backend& backend, Request& request) {
  return upgraded(backend, request, exec_from_json, &Backend::exec);
}

awaitable<Response> copy(Backend& backend, Request& request) {
  return upgraded(backend, request, copy_from_json, &Backend::copy);
}

awaitable<Response> run(Backend& backend, Request& request) {
  auto body = read_body(request, run_from_json);
  if (!body) co_return error_reply(body.error());
  if (body->detach) {
    auto status = co_await backend.run_detached(std::move(*body));
    if (!status) co_return error_reply(status.error());
    co_return json_reply({{"replica", model::to_json(*status)}});
  }
  if (!request.upgrade) co_return upgrade_required();
  auto shared = std::make_shared<RunRequest>(std::move(*body));
  co_return Upgraded{
      [&backend, shared](FrameStream& stream) { return backend.run(std::move(*shared), stream); }};
}

constexpr std::array<Route, 30> table{{
    {"GET", "/v1/version", Span::finite, version},
    {"POST", "/v1/up", Span::finite, up},
    {"POST", "/v1/create", Span::finite, create},
    {"POST", "/v1/plan", Span::finite, plan},
    {"POST", "/v1/down", Span::finite, down},
    {"POST", "/v1/start", Span::finite, start},
    {"POST", "/v1/stop", Span::finite, stop},
    {"POST", "/v1/restart", Span::finite, restart},
    {"POST", "/v1/pause", Span::finite, pause},
    {"POST", "/v1/unpause", Span::finite, unpause},
    {"POST", "/v1/rm", Span::finite, remove},
    {"POST", "/v1/kill", Span::finite, kill},
    {"POST", "/v1/pull", Span::finite, pull},
    {"POST", "/v1/build", Span::finite, build},
    {"GET", "/v1/images", Span::finite, images},
    {"POST", "/v1/answer", Span::finite, answer},
    {"GET", "/v1/services", Span::finite, services},
    {"GET", "/v1/project", Span::finite, project},
    {"GET", "/v1/wait", Span::endless, wait},
    {"GET", "/v1/events", Span::endless, events},
    {"GET", "/v1/logs", Span::endless, logs},
    {"GET", "/v1/stats", Span::finite, stats},
    {"GET", "/v1/top", Span::finite, top},
    {"GET", "/v1/look", Span::finite, look},
    {"POST", "/v1/copy", Span::endless, copy},
    {"POST", "/v1/attach", Span::endless, attach},
    {"POST", "/v1/exec", Span::endless, exec},
    {"POST", "/v1/run", Span::endless, run},
    {"GET", "/v1/doctor", Span::finite, doctor},
    {"POST", "/v1/supervisor/stop", Span::finite, quit},
}};

}  // namespace

std::span<const Route> routes() { return table; }

std::map<std::string, std::string> read_environment(std::string_view header) {
  std::map<std::string, std::string> environment;
  boost::system::error_code failed;
  const json::value value = json::parse(header, failed);
  if (failed || !value.is_object()) return environment;
  for (const auto& member : value.get_object()) {
    if (member.value().is_string()) {
      environment[member.key()] = std::string_view(member.value().get_string());
    }
  }
  return environment;
}

std::variant<const Route*, Reply> find_route(const Request& request) {
  std::string allowed;
  for (const auto& route : table) {
    if (route.path != request.path) continue;
    if (route.method == request.method) return &route;
    if (!allowed.empty()) allowed += ", ";
    allowed += route.method;
  }
  if (allowed.empty()) {
    return error_reply(404, Error(ErrorKind::not_found,
                                  "cannot answer " + request.path + ": the API has no such path"));
  }
  Reply reply = error_reply(405, Error(ErrorKind::invalid, "cannot " + request.method + " " +
                                                               request.path + ": use " + allowed));
  reply.allow = allowed;
  return reply;
}

}  // namespace consort::api
