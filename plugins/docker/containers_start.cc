// How an instance gets its container.
#include "plugins/docker/containers.h"

#include <consort/port_holder.hpp>

#include "plugins/docker/files_archive.h"
#include "plugins/docker/hooks.h"
#include "plugins/docker/inspected.h"
#include "plugins/docker/taken_port.h"

namespace consort::docker {
namespace {

constexpr std::chrono::milliseconds start_timeout{300'000};
// For a name that is taken by nobody who can be seen.
constexpr std::chrono::milliseconds name_patience{30'000};
constexpr std::chrono::milliseconds name_pause{100};

}  // namespace

Async<ContainerPtr> Containers::start(StartOrder order) {
  const std::string instance = order.replica.instance;
  if (auto present = find(instance); present && !present->exit) co_return present;
  co_await engine_.connect();
  order.replica.api_version = engine_.version();
  ContainerPlan plan = plan_container(order.replica, order.service);
  std::optional<RunRecord> record;
  if (const RunRecord* known = records_.find(instance)) record = *known;
  json::value present;
  if (record) present = co_await inspect(record->container);
  if (present.is_null()) record.reset();
  const bool started = record && started_at(present) != record->started_before;
  if (!started && !record) {
    record = co_await place(order, plan);
    record->hooks_due = !order.replica.one_off && !array_at(order.service, "post_start").empty();
    records_.write(instance, *record);
  }
  // Known before it starts: it may have ended before the engine has answered.
  const ContainerPtr container = make(instance);
  container->id = record->container;
  container->started_before = record->started_before;
  container->tty = bool_at(order.service, "tty");
  container->log_before = record->log_before;
  container->own_health = order.own_health;
  if (!order.replica.one_off) container->pre_stop = array_at(order.service, "pre_stop");
  tell_health(*container, "starting");
  if (started) {
    follow_log(container);
    judge(container, present);
    container->ports = published_ports(present);
    container->command = command_of(present);
  } else {
    container->command = command_of(plan.body, order.image);
  }
  if (started && (container->exit || !record->hooks_due)) co_return container;
  std::optional<Error> failed;
  try {
    if (started) {
      tell_hooks_again(instance);
    } else if (order.replica.one_off && bool_at(order.service, "stdin_open")) {
      container->attachment =
          std::make_shared<Attachment>(host_, engine_, instance, container->id, container->tty);
      co_await container->attachment->open(true);
    }
    if (!started) co_await run(container->id, order);
    if (record->hooks_due) co_await run_post_start(container, order.service);
  } catch (const Error& e) {
    failed = e;
  }
  if (failed) {
    containers_.erase(instance);
    // One that was used before keeps what it holds; nobody knows this one.
    const bool new_one = record->started_before.starts_with("0001-");
    if (failed->status() != CONSORT_E_RETRY && new_one) {
      records_.remove(instance);
      co_await discard(record->container, true);
      // The next try makes one of another id.
      if (is_left_of_a_start(failed->what())) throw Error(CONSORT_E_RETRY, failed->what());
    }
    throw *failed;
  }
  if (!container->attachment && !started) follow_log(container);
  if (chooses_ports(order.service)) {
    const json::value started_one = co_await inspect(container->id);
    container->ports = published_ports(started_one);
  }
  co_return container;
}

Async<void> Containers::run_post_start(ContainerPtr container, json::value service) {
  json::array hooks = array_at(service, "post_start");
  co_await run_hooks(engine_, scope_, container->id, "post_start", std::move(hooks),
                     std::chrono::milliseconds(0));
  const RunRecord* known = records_.find(container->instance);
  if (known == nullptr) co_return;
  RunRecord record = *known;
  record.hooks_due = false;
  records_.write(container->instance, std::move(record));
}

void Containers::tell_hooks_again(const std::string& instance) {
  host_.progress(instance, "post_start runs again: the supervisor ended before it had an answer");
}

Async<void> Containers::create(StartOrder order) {
  if (records_.find(order.replica.instance) != nullptr) co_return;
  co_await engine_.connect();
  order.replica.api_version = engine_.version();
  ContainerPlan plan = plan_container(order.replica, order.service);
  RunRecord record = co_await place(order, plan);
  records_.write(order.replica.instance, std::move(record));
}

// A container for this instance: the one of an earlier instance that is like it, else a new one.
Async<RunRecord> Containers::place(const StartOrder& order, ContainerPlan& plan) {
  RunRecord record;
  record.one_off = order.replica.one_off;
  record.started_before = "0001-01-01T00:00:00Z";  // the engine's word for never
  record.container = co_await make(plan);
  json::value old;
  Event never(engine_.reactor());
  // The engine may be just creating it, for a supervisor that was killed, or removing it.
  for (auto waited = name_pause; record.container.empty(); waited += name_pause) {
    old = co_await inspect(plan.name);
    if (!old.is_null() || waited > name_patience) break;
    co_await never.wait(name_pause);
    record.container = co_await make(plan);
  }
  if (record.container.empty()) {
    const std::string id = text_at(old, "Id");
    if (!old.is_null()) {
      if (label(old, labels::instance).empty() || label(old, labels::project) != project_) {
        throw Error(CONSORT_E_INVALID, foreign(old, plan.name));
      }
      const bool mine = label(old, labels::instance) == order.replica.instance;
      if (order.replica.one_off && !mine) {
        throw Error(CONSORT_E_INVALID, "there is a container " + plan.name + " of " +
                                           label(old, labels::service) + " already");
      }
      const bool same = label(old, labels::hash) == plan.hash;
      std::string image;
      bool reusable = same && !order.fresh && !lives(old);
      if (reusable) reusable = co_await has_its_networks(old);
      if (reusable) {
        const std::string path = "/images/" + text_at(at(old, "Config"), "Image") + "/json";
        const Reply reply = co_await engine_.get(path);
        image = text_at(reply.body, "Id");
      }
      if (label(old, labels::instance) == order.replica.instance ||
          (!image.empty() && image == text_at(old, "Image"))) {
        record.container = id;
        record.started_before = started_at(old);
        const std::string earlier = records_.other_of(id, order.replica.instance);
        if (!earlier.empty()) {
          const LogSink sink(host_);
          record.log_before = LogCursor::parse(sink.last_cursor(earlier));
        }
        co_return record;
      }
      if (order.renew) {
        leave_volumes(old);
      } else {
        keep_anonymous_volumes(old, plan.body);
      }
      co_await discard(id, false);
    }
    record.container = co_await make(plan);
    if (record.container.empty()) {
      throw Error(CONSORT_E_FAILED, "the container's name " + plan.name + " is taken");
    }
  }
  std::optional<Error> failed;
  try {
    co_await complete(record.container, plan);
  } catch (const Error& e) {
    failed = e;
  }
  if (failed) {
    co_await discard(record.container, true);
    throw *failed;
  }
  co_return record;
}

// A container that was on a network that has been made anew cannot start: it knows it by its id.
Async<bool> Containers::has_its_networks(const json::value& inspected) {
  for (const auto& [name, endpoint] : object_at(at(inspected, "NetworkSettings"), "Networks")) {
    const std::string id = text_at(endpoint, "NetworkID");
    if (id.empty()) continue;
    const Reply reply = co_await engine_.get("/networks/" + id);
    if (reply.status == 404) co_return false;
  }
  co_return true;
}

Async<std::string> Containers::make(const ContainerPlan& plan) {
  std::string path = "/containers/create?name=" + url_encode(plan.name);
  if (!plan.platform.empty()) path += "&platform=" + url_encode(plan.platform);
  json::value body(plan.body);
  const Reply reply = co_await engine_.post(std::move(path), std::move(body), start_timeout);
  if (reply.status == 409) co_return "";
  if (reply.status == 404 && reply.message().find("No such image") != std::string::npos) {
    throw Error(CONSORT_E_INVALID, "image " + to_text(plan.body.at("Image")) +
                                       " is not there; pull or build it (`consort pull`, "
                                       "`consort build`)");
  }
  expect(reply, "cannot create container " + plan.name);
  for (const auto& warning : array_at(reply.body, "Warnings")) {
    host_.log(CONSORT_LOG_WARNING, plan.name + ": " + to_text(warning));
  }
  co_return text_at(reply.body, "Id");
}

// What the engine does not take at create.
Async<void> Containers::complete(const std::string& id, const ContainerPlan& plan) {
  for (const auto& [network, config] : plan.connect) {
    json::value body = json::object{{"Container", id}, {"EndpointConfig", config}};
    const Reply reply =
        co_await engine_.post("/networks/" + url_encode(network) + "/connect", std::move(body));
    expect(reply, "cannot connect to network " + network);
  }
  if (plan.files.empty()) co_return;
  Request request;
  request.method = "PUT";
  request.path = "/containers/" + id + "/archive?path=/";
  request.content_type = "application/x-tar";
  request.body = archive_of(plan.files);
  const Reply reply = co_await engine_.call(std::move(request));
  expect(reply, "cannot write its configs and secrets");
}

Async<void> Containers::run(const std::string& id, const StartOrder& order) {
  const Reply reply = co_await engine_.post("/containers/" + id + "/start", nullptr, start_timeout);
  if (reply.ok()) co_return;
  std::string message = reply.message();
  const std::string holder = co_await holder_of_port(message);
  message = without_endpoint(message);
  if (!holder.empty()) message += "; " + holder;
  throw Error(
      reply.status == 400 ? CONSORT_E_INVALID : CONSORT_E_FAILED,
      "cannot start container " + container_name(order.replica, order.service) + ": " + message);
}

// The engine says that a port is taken: by which container, if one of its own has it.
Async<std::string> Containers::holder_of_port(std::string message) {
  const auto port = taken_port(message);
  if (!port) co_return "";
  const std::string number = std::to_string(port->number);
  const std::string filter =
      url_encode("{\"publish\":[\"" + number + (port->udp ? "/udp" : "/tcp") + "\"]}");
  const Reply reply = co_await engine_.get("/containers/json?filters=" + filter);
  if (!reply.ok() || !reply.body.is_array() || reply.body.get_array().empty()) {
    // Only of an engine of this machine is it known whose it is.
    std::string holder =
        engine_.address().socket.empty() ? "" : port_holder(port->number, port->udp);
    // A container with the machine's own network, which the engine knows by name.
    constexpr std::string_view of = " of container ";
    if (const std::size_t id = holder.rfind(of); id != std::string::npos) {
      const json::value found = co_await inspect(holder.substr(id + of.size()));
      const std::string name = text_at(found, "Name");
      if (!name.empty()) holder.replace(id + of.size(), std::string::npos, name.substr(1));
    }
    co_return "port " + number + " is in use" +
        (holder.empty() ? " on this machine" : " by " + holder);
  }
  const json::value& holder = reply.body.get_array().front();
  std::string name = to_text(array_at(holder, "Names").at(0));
  if (name.starts_with("/")) name.erase(0, 1);
  const std::string service = text_at(at(holder, "Labels"), labels::service);
  co_return "port " + number + " is published by container " + name +
      (service.empty() ? ""
                       : " (service " + service + " of project " +
                             text_at(at(holder, "Labels"), labels::project) + ")");
}

}  // namespace consort::docker
