#include <concepts>
#include <limits>

#include <boost/json/array.hpp>

#include "core/model/json.h"

namespace consort::model {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorKind;
using base::Result;

// Where the reading stands. The first failure is kept; what is read after it does not matter.
struct Context {
  std::string path;
  std::optional<Error> error;

  void fail(std::string_view expected) {
    if (error) return;
    error = Error(ErrorKind::invalid, "cannot read " + (path.empty() ? "the value" : path) +
                                          ": it is not " + std::string(expected));
  }
};

// Names one step of the path while it lives.
class Step {
 public:
  Step(Context& context, std::string_view key) : context_(context), size_(context.path.size()) {
    if (size_ != 0) context.path += '.';
    context.path += key;
  }
  ~Step() { context_.path.resize(size_); }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

 private:
  Context& context_;
  std::size_t size_;
};

void read(Context& context, const json::value& value, std::string& out) {
  if (!value.is_string()) return context.fail("a string");
  out = std::string_view(value.get_string());
}

void read(Context& context, const json::value& value, bool& out) {
  if (!value.is_bool()) return context.fail("true or false");
  out = value.get_bool();
}

template <std::integral T>
requires(!std::same_as<T, bool>) void read(Context& context, const json::value& value, T& out) {
  using Limits = std::numeric_limits<T>;
  if (const auto* number = value.if_int64(); number != nullptr && std::in_range<T>(*number)) {
    out = static_cast<T>(*number);
  } else if (const auto* large = value.if_uint64(); large != nullptr && std::in_range<T>(*large)) {
    out = static_cast<T>(*large);
  } else {
    context.fail("a whole number of " + std::to_string(Limits::min()) + " to " +
                 std::to_string(Limits::max()));
  }
}

void read(Context& context, const json::value& value, Duration& out) {
  const auto* text = value.if_string();
  const auto duration = text != nullptr ? parse_duration(*text) : std::nullopt;
  if (!duration) return context.fail("a duration");
  out = *duration;
}

void read(Context& context, const json::value& value, WallTime& out) {
  const auto* text = value.if_string();
  if (text != nullptr && text->empty()) {
    out = {};
    return;
  }
  const auto time = text != nullptr ? parse_time(*text) : std::nullopt;
  if (!time) return context.fail("a time");
  out = *time;
}

void read(Context& context, const json::value& value, State& out) {
  if (!value.is_string()) return context.fail("a state");
  // A state that only a newer peer has is one that this version cannot tell.
  out = parse_state(value.get_string()).value_or(State::unknown);
}

void read(Context& context, const json::value& value, Health& out) {
  const auto* text = value.if_string();
  const auto health = text != nullptr ? parse_health(*text) : std::nullopt;
  if (!health) return context.fail("a known health");
  out = *health;
}

void read(Context& context, const json::value& value, Condition& out) {
  const auto* text = value.if_string();
  const auto condition = text != nullptr ? parse_condition(*text) : std::nullopt;
  if (!condition) return context.fail("a known condition");
  out = *condition;
}

void read(Context& context, const json::value& value, RestartCondition& out) {
  for (const auto condition : {RestartCondition::never, RestartCondition::on_failure,
                               RestartCondition::always, RestartCondition::unless_stopped}) {
    const auto* text = value.if_string();
    if (text != nullptr && std::string_view(*text) == to_string(condition)) {
      out = condition;
      return;
    }
  }
  context.fail("a known restart condition");
}

void read(Context& context, const json::value& value, json::object& out) {
  if (!value.is_object()) return context.fail("an object");
  out = value.get_object();
}

void read(Context& context, const json::value& value, Location& out);
void read(Context& context, const json::value& value, Dependency& out);
void read(Context& context, const json::value& value, Probe& out);
void read(Context& context, const json::value& value, RestartPolicy& out);
void read(Context& context, const json::value& value, PublishedPort& out);
void read(Context& context, const json::value& value, LogRetention& out);
void read(Context& context, const json::value& value, Service& out);
void read(Context& context, const json::value& value, ExitInfo& out);
void read(Context& context, const json::value& value, ReplicaStatus& out);

template <class T>
void read(Context& context, const json::value& value, std::vector<T>& out) {
  if (!value.is_array()) return context.fail("an array");
  out.clear();
  for (const auto& element : value.get_array()) {
    const Step step(context, std::to_string(out.size()));
    read(context, element, out.emplace_back());
  }
}

template <class T>
void read(Context& context, const json::value& value, std::map<std::string, T>& out) {
  if (!value.is_object()) return context.fail("an object");
  out.clear();
  for (const auto& member : value.get_object()) {
    const Step step(context, member.key());
    read(context, member.value(), out[member.key()]);
  }
}

template <class T>
void read(Context& context, const json::value& value, std::optional<T>& out) {
  read(context, value, out.emplace());
}

// Reads the members of one object; a missing or null one leaves its target as it is.
class Members {
 public:
  Members(Context& context, const json::value& value)
      : context_(context), object_(value.if_object()) {
    if (object_ == nullptr) context.fail("an object");
  }

  template <class T>
  Members& operator()(std::string_view key, T& out) {
    if (object_ == nullptr || context_.error) return *this;
    const json::value* value = object_->if_contains(key);
    if (value != nullptr && !value->is_null()) {
      const Step step(context_, key);
      read(context_, *value, out);
    }
    return *this;
  }

  const json::value* find(std::string_view key) const {
    return object_ == nullptr ? nullptr : object_->if_contains(key);
  }

 private:
  Context& context_;
  const json::object* object_;
};

void read(Context& context, const json::value& value, Location& out) {
  Members(context, value)("file", out.file)("line", out.line)("column", out.column);
}

void read(Context& context, const json::value& value, Dependency& out) {
  Members(context, value)("condition", out.condition)("required", out.required)(
      "restart", out.restart)("where", out.where);
}

void read(Context& context, const json::value& value, Probe& out) {
  Members members(context, value);
  members("interval", out.interval)("timeout", out.timeout)("start_period", out.start_period)(
      "start_interval", out.start_interval)("retries", out.retries)("where", out.where);
  if (const auto* exec = members.find("exec")) {
    const Step step(context, "exec");
    Members(context, *exec)("argv", out.check.emplace<ExecProbe>().argv);
  } else if (const auto* http = members.find("http")) {
    const Step step(context, "http");
    auto& check = out.check.emplace<HttpProbe>();
    Members(context, *http)("url", check.url)("status", check.status)("insecure", check.insecure);
  } else if (const auto* tcp = members.find("tcp")) {
    const Step step(context, "tcp");
    auto& check = out.check.emplace<TcpProbe>();
    Members(context, *tcp)("host", check.host)("port", check.port);
  } else {
    context.fail("a known kind of health check");  // no check would count as a passing one
  }
}

void read(Context& context, const json::value& value, RestartPolicy& out) {
  Members(context, value)("condition", out.condition)("max_attempts", out.max_attempts)(
      "delay", out.delay)("backoff", out.backoff)("max_delay", out.max_delay)("window", out.window);
}

void read(Context& context, const json::value& value, PublishedPort& out) {
  Members(context, value)("host_ip", out.host_ip)("published", out.published)("target", out.target)(
      "protocol", out.protocol)("where", out.where);
}

// The system would end a text there, and cut a command or a variable short without a word.
void refuse_zero(Context& context, std::string_view key, const std::string& text) {
  if (text.find('\0') == std::string::npos) return;
  const Step step(context, key);
  context.fail("a text without zero bytes");
}

void refuse_zeros(Context& context, const Service& service) {
  for (const auto& word : service.argv) refuse_zero(context, "argv", word);
  for (const auto& [name, text] : service.environment) {
    refuse_zero(context, "environment", name);
    refuse_zero(context, "environment", text);
  }
  refuse_zero(context, "working_dir", service.working_dir);
  const ExecProbe* test =
      service.healthcheck ? std::get_if<ExecProbe>(&service.healthcheck->check) : nullptr;
  if (test == nullptr) return;
  for (const auto& word : test->argv) refuse_zero(context, "healthcheck", word);
}

void read(Context& context, const json::value& value, Service& out) {
  Members(context, value)("name", out.name)("runtime", out.runtime)("replicas", out.replicas)(
      "profiles", out.profiles)("depends_on", out.depends_on)("healthcheck", out.healthcheck)(
      "restart", out.restart)("stop_signal", out.stop_signal)(
      "stop_grace_period", out.stop_grace_period)("argv", out.argv)("environment", out.environment)(
      "working_dir", out.working_dir)("stdin_open", out.stdin_open)("tty", out.tty)(
      "ports", out.ports)("spec", out.spec)("where", out.where)("runtime_where", out.runtime_where)(
      "key_where", out.key_where);
  refuse_zeros(context, out);
}

void read(Context& context, const json::value& value, ExitInfo& out) {
  Members(context, value)("code", out.code)("signal", out.signal)("oom", out.oom)(
      "leftovers", out.leftovers)("cause", out.cause)("at", out.at);
}

void read(Context& context, const json::value& value, ReplicaStatus& out) {
  Members(context, value)("service", out.id.service)("index", out.id.index)(
      "instance", out.instance)("runtime", out.runtime)("state", out.state)("health", out.health)(
      "generation", out.generation)("restarts", out.restarts)("reason", out.reason)(
      "last_exit", out.last_exit)("pid", out.pid)("started_at", out.started_at)(
      "command", out.command)("ports", out.ports)("one_off", out.one_off)("paused", out.paused);
}

void read(Context& context, const json::value& value, LogRetention& out) {
  Members(context, value)("max_bytes", out.max_bytes)("max_files", out.max_files);
}

void read(Context& context, const json::value& value, Project& out) {
  Members(context, value)("name", out.name)("directory", out.directory)("files", out.files)(
      "services", out.services)("disabled", out.disabled)("warnings", out.warnings)(
      "resources", out.resources)("resource_where", out.resource_where)(
      "host_environment", out.host_environment)("runtime_settings", out.runtime_settings)("logs",
                                                                                          out.logs);
}

void read(Context& context, const json::value& value, Event& out) {
  Members(context, value)("sequence", out.sequence)("at", out.at)("type", out.type)(
      "service", out.service)("index", out.index)("action", out.action)("message", out.message)(
      "status", out.status)("prompt", out.prompt);
}

template <class T>
Result<T> read_whole(const json::value& value, std::string_view what) {
  Context context;
  T out;
  read(context, value, out);
  if (context.error) return context.error->wrap("cannot read " + std::string(what));
  return out;
}

}  // namespace

Result<Project> project_from_json(const json::value& json) {
  return read_whole<Project>(json, "the project");
}
Result<ReplicaStatus> status_from_json(const json::value& json) {
  return read_whole<ReplicaStatus>(json, "the status");
}
Result<Event> event_from_json(const json::value& json) {
  return read_whole<Event>(json, "the event");
}

}  // namespace consort::model
