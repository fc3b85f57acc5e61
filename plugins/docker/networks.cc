#include "plugins/docker/networks.h"

#include <algorithm>

#include "plugins/docker/definitions.h"

namespace consort::docker {
namespace {

// For containers that are just going.
constexpr std::chrono::milliseconds going_patience{30'000};
constexpr std::chrono::milliseconds going_pause{50};

bool names(const json::value& model, const char* list, const std::string& service) {
  return std::ranges::any_of(array_at(model, list),
                             [&](const auto& name) { return to_text(name) == service; });
}

std::string place_of(const json::value& model, const std::string& key) {
  const std::string place = text_at(at(model, "places"), "networks." + key);
  return place.empty() ? "" : place + ": ";
}

// As long as the slowest of the services may take to stop.
std::chrono::milliseconds patience_of(const json::value& model) {
  std::int64_t longest = 10'000'000'000;  // the default of stop_grace_period
  for (const auto& [name, service] : object_at(model, "services")) {
    longest = std::max(longest, to_nanoseconds(at(service, "stop_grace_period")));
  }
  return std::chrono::milliseconds(longest / 1'000'000) + going_patience;
}

std::string name_of(const json::object& body) { return to_text(body.at("Name")); }

// Of a container of the engine's list.
std::string name_of_listed(const json::value& container) {
  const auto& names = array_at(container, "Names");
  std::string name = names.empty() ? text_at(container, "Id") : to_text(names.at(0));
  if (name.starts_with("/")) name.erase(0, 1);
  return name;
}

}  // namespace

Networks::Networks(Host host, Engine& engine, std::string project, InstanceOf instance_of)
    : host_(host),
      engine_(engine),
      project_(std::move(project)),
      instance_of_(std::move(instance_of)) {}

std::vector<std::string> Networks::keys_of(const json::value& service) {
  std::vector<std::string> keys;
  if (!text_at(service, "network_mode").empty()) return keys;
  for (const auto& [key, value] : object_at(service, "networks")) keys.emplace_back(key);
  for (const auto& key : array_at(service, "networks")) keys.push_back(to_text(key));
  if (keys.empty()) keys.emplace_back("default");
  return keys;
}

Async<void> Networks::provide(Survey& survey, std::string key) {
  Replica project;
  project.project = project_;
  project.model = &survey.model;
  json::object body = network_body(project, key);
  const std::string name = name_of(body);
  const bool look = bool_at(at(survey.model, "options"), "look");
  const bool external = bool_at(at(survey.model, "resources", "networks", key), "external");
  const Reply present = co_await engine_.get("/networks/" + url_encode(name));
  // By a part of an id the engine finds others as well.
  if (present.ok() && text_at(present.body, "Name") == name) {
    if (external) co_return;
    const std::string owner = text_at(at(present.body, "Labels"), labels::project);
    if (owner != project_ && !look) {
      throw Error(CONSORT_E_INVALID,
                  "cannot make network " + name + ": it exists and is " +
                      (owner.empty() ? "nobody's" : "of project " + owner) +
                      "; set `external: true` to use it, or give another `name`");
    }
    if (owner == project_ && differs(present.body, body)) {
      survey.differing[key] = {text_at(present.body, "Id"), std::move(body)};
    }
    co_return;
  }
  if (!present.ok() && present.status != 404) expect(present, "cannot look for network " + name);
  if (look) co_return;
  if (external) {
    throw Error(CONSORT_E_INVALID, "network " + name +
                                       " is external and does not exist; make it: "
                                       "`docker network create " +
                                       name + "`");
  }
  co_await make(std::move(body));
}

// Where iptables stands on nftables, two of its runs may meet and one fails for nothing: Docker
// Engine itself does not try again.
Async<void> Networks::make(json::object body) {
  Reply made;
  for (int tries = 0; tries < 3; ++tries) {
    json::value request(body);
    made = co_await engine_.post("/networks/create", std::move(request));
    if (made.ok() || made.message().find("iptables failed") == std::string::npos) break;
  }
  if (made.status == 409) co_return;  // somebody was quicker
  expect(made, "cannot make network " + name_of(body), remedy_for(made.message()));
}

// ---- Those that the file has changed ----

// A container that keeps a network as it is: why it does; "" for one that is replaced.
std::string Networks::stranger(const json::value& model, const json::value& user) const {
  const json::value& its = at(user, "Labels");
  const std::string service = text_at(its, labels::service);
  const bool ours = is_ours(its) && text_at(its, labels::one_off) != "True";
  if (ours && (names(model, "starting", service) || names(model, "keeping", service))) return "";
  if (ours) return "service " + service + " is on it, which this command leaves alone";
  return "container " + name_of_listed(user) + " is on it";
}

bool Networks::is_ours(const json::value& its) const {
  return text_at(its, labels::project) == project_ && !at(its, labels::instance).is_null();
}

Async<json::array> Networks::judge(const Survey& survey) {
  const json::value& options = at(survey.model, "options");
  const bool look = bool_at(options, "look");
  const bool replaces = at(options, "replace").is_null() || bool_at(options, "replace");
  if (!look && replaces)
    std::erase_if(renewals_, [](const auto& one) { return !one.second->under_way; });
  json::array outdated;
  for (const auto& [key, differing] : survey.differing) {
    const std::string name = name_of(differing.body);
    const std::string filter =
        url_encode(json::serialize(json::object{{"network", json::array{differing.id}}}));
    const Reply users = co_await engine_.get("/containers/json?filters=" + filter);
    expect(users, "cannot list the containers on network " + name);
    std::string why = replaces ? "" : "`consort up` makes it anew";
    json::array found;
    for (const auto& user : users.body.as_array()) {
      if (why.empty()) why = stranger(survey.model, user);
      if (!names(survey.model, "keeping", text_at(at(user, "Labels"), labels::service))) continue;
      found.push_back(json::object{{"instance", instance_of_(user)},
                                   {"outdated", "network " + key + " has changed"}});
    }
    if (!why.empty()) {
      const std::string told = place_of(survey.model, key) + "network " + name +
                               " has changed and is used as it was: " + why;
      if (!look) host_.progress("", told);
      continue;
    }
    for (auto& one : found) outdated.push_back(std::move(one));
    if (look || renewals_.contains(key)) continue;
    renewals_[key] = std::make_shared<Renewal>(Renewal{differing, place_of(survey.model, key),
                                                       patience_of(survey.model), false,
                                                       Event(engine_.reactor()), std::nullopt});
  }
  co_return outdated;
}

Async<void> Networks::renew(json::value service) {
  if (renewals_.empty()) co_return;
  for (const auto& key : keys_of(service)) {
    const auto found = renewals_.find(key);
    if (found == renewals_.end()) continue;
    const RenewalPtr renewal = found->second;
    if (renewal->under_way) {
      co_await renewal->done.wait();
    } else {
      renewal->under_way = true;
      co_await renew_one(renewal);
      renewals_.erase(key);
      renewal->done.set();
    }
    if (renewal->failed) throw *renewal->failed;
  }
}

Async<void> Networks::renew_one(RenewalPtr renewal) {
  const std::string name = name_of(renewal->what.body);
  try {
    const std::string user = co_await remove_when_left(renewal->what.id, name, renewal->patience);
    if (user.empty()) {
      co_await make(renewal->what.body);
    } else {
      host_.progress("", renewal->place + "network " + name +
                             " has changed and is used as it was: container " + user +
                             " is still on it");
    }
  } catch (const Error& e) {
    renewal->failed = e;
  }
}

// ---- Removal ----

Async<std::string> Networks::remove_when_left(std::string id, std::string name,
                                              std::chrono::milliseconds patience) {
  Event never(engine_.reactor());
  for (auto waited = going_pause;; waited += going_pause) {
    const Reply removed = co_await engine_.remove("/networks/" + id);
    if (removed.ok() || removed.status == 404) co_return "";
    if (removed.status != 403) expect(removed, "cannot remove network " + name);
    std::string user = co_await other_user_of(id);
    if (!user.empty()) co_return user;
    if (waited > patience) expect(removed, "cannot remove network " + name);
    co_await never.wait(going_pause);
  }
}

Async<void> Networks::remove(json::value network) {
  const std::string id = text_at(network, "Id"), name = text_at(network, "Name");
  std::string why;
  if (at(at(network, "Labels"), labels::definition).is_null()) {
    why = "Consort did not make it; to remove it: `docker network rm " + name + "`";
  } else {
    std::string user = co_await stopped_user_of(id, name);
    if (user.empty()) user = co_await remove_when_left(id, name, going_patience);
    if (!user.empty()) why = "container " + user + " uses it";
  }
  if (!why.empty()) host_.progress("", "network " + name + " stays: " + why);
}

// The engine removes a network under a stopped container, which can then not be started any more.
Async<std::string> Networks::stopped_user_of(std::string id, std::string name) {
  const std::string filter =
      url_encode(json::serialize(json::object{{"network", json::array{id, name}}}));
  const Reply users = co_await engine_.get("/containers/json?all=1&filters=" + filter);
  expect(users, "cannot list the containers on network " + name);
  for (const auto& user : users.body.as_array()) {
    if (!is_ours(at(user, "Labels"))) co_return name_of_listed(user);
  }
  co_return "";
}

// The name of a container on this network that this project has not started; "" without one.
Async<std::string> Networks::other_user_of(std::string network) {
  const Reply seen = co_await engine_.get("/networks/" + network);
  for (const auto& [id, endpoint] : object_at(seen.body, "Containers")) {
    const Reply user = co_await engine_.get("/containers/" + std::string(id) + "/json");
    const json::value& its = at(user.body, "Config", "Labels");
    if (user.ok() && !is_ours(its)) co_return text_at(endpoint, "Name");
  }
  co_return "";
}

}  // namespace consort::docker
