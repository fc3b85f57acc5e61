#include "plugins/docker/project.h"

#include <algorithm>

#include "plugins/docker/run_record.h"

namespace consort::docker {
namespace {

// For containers that are just going.
constexpr std::chrono::milliseconds going_patience{30'000};
constexpr std::chrono::milliseconds going_pause{50};

std::string label_filter(const std::string& project) {
  return url_encode(json::serialize(
      json::object{{"label", json::array{std::string(labels::project) + "=" + project}}}));
}

// Keys of a map or names of a list.
std::vector<std::string> keys_of(const json::value& service, const char* member) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object_at(service, member)) keys.emplace_back(key);
  for (const auto& key : array_at(service, member)) keys.push_back(to_text(key));
  return keys;
}

json::object texts(const json::object& map) {
  json::object all;
  for (const auto& [key, value] : map) all[key] = to_text(value);
  return all;
}

json::object ipam_of(const json::value& network) {
  const json::value& ipam = at(network, "ipam");
  json::object out;
  if (auto driver = text_at(ipam, "driver"); !driver.empty()) out["Driver"] = driver;
  json::array configs;
  for (const auto& config : array_at(ipam, "config")) {
    json::object one;
    for (const auto& [key, name] :
         {std::pair("subnet", "Subnet"), {"ip_range", "IPRange"}, {"gateway", "Gateway"}}) {
      if (auto text = text_at(config, key); !text.empty()) one[name] = text;
    }
    if (const auto& aux = object_at(config, "aux_addresses"); !aux.empty()) {
      one["AuxiliaryAddresses"] = texts(aux);
    }
    if (!one.empty()) configs.emplace_back(std::move(one));
  }
  if (!configs.empty()) out["Config"] = std::move(configs);
  if (const auto& options = object_at(ipam, "options"); !options.empty()) {
    out["Options"] = texts(options);
  }
  return out;
}

}  // namespace

Project::Project(Host host, Engine& engine, Images& images, std::string name, std::string state_dir,
                 InstanceOf instance_of)
    : host_(host),
      engine_(engine),
      images_(images),
      name_(std::move(name)),
      instance_of_(std::move(instance_of)),
      file_(std::move(state_dir) + "/project.json"),
      released_(engine.reactor()) {
  boost::system::error_code failed;
  model_ = json::parse(read_file(file_), failed);
  if (failed) model_ = nullptr;
}

json::object Project::labels_for(const char* kind, const std::string& key,
                                 const json::value& given) const {
  json::object all = texts(object_at(given, "labels"));
  all[labels::project] = name_;
  all[kind] = key;
  return all;
}

Async<json::array> Project::prepare(json::value project) {
  co_await engine_.connect();
  // What is just being removed is none to start on.
  while (releasing_ > 0) {
    const Event released = released_;
    co_await released.wait();
  }
  images_.begin();
  made_.clear();
  write_file(file_, json::serialize(project));
  model_ = std::move(project);
  const json::value model = model_;
  const json::value& options = at(model, "options");
  json::array problems;
  // First what fails most, so that a project that is refused leaves little behind.
  for (const bool images : {true, false}) {
    for (const auto& name : array_at(model, "starting")) {
      const std::string service = to_text(name);
      const json::value& spec = at(at(model, "services"), service);
      try {
        if (images) {
          check(service, spec);
          co_await images_.provide(service, spec, options);
        } else {
          co_await prepare_networks(spec);
          co_await prepare_volumes(spec);
        }
      } catch (const Error& e) {
        if (e.status() == CONSORT_E_RETRY) throw;
        problems.push_back(json::object{{"service", service}, {"message", e.what()}});
      }
    }
    if (!problems.empty()) break;
  }
  if (problems.empty()) co_await look_at_kept(problems);
  co_return problems;
}

// Those that run: their images too are pulled or built where that is asked for, and an instance of
// another image than a new one would be made of is outdated.
Async<void> Project::look_at_kept(json::array& found) {
  const json::value model = model_;
  const auto& keeping = array_at(model, "keeping");
  if (keeping.empty()) co_return;
  for (const auto& name : keeping) {
    const std::string service = to_text(name);
    const json::value& spec = at(at(model, "services"), service);
    try {
      co_await images_.refresh(service, spec, at(model, "options"));
    } catch (const Error& e) {
      if (e.status() == CONSORT_E_RETRY) throw;
      found.push_back(json::object{{"service", service}, {"message", e.what()}});
    }
  }
  if (!found.empty()) co_return;
  const Reply containers = co_await engine_.get("/containers/json?filters=" + label_filter(name_));
  expect(containers, "cannot list the containers of " + name_);
  for (const auto& one : containers.body.as_array()) {
    const std::string service = text_at(at(one, "Labels"), labels::service);
    const json::value& spec = at(at(model, "services"), service);
    const bool kept =
        std::ranges::any_of(keeping, [&](const auto& k) { return to_text(k) == service; });
    if (!kept || text_at(at(one, "Labels"), labels::one_off) == "True") continue;
    const std::string now = co_await images_.id_of(image_of(name_, service, spec));
    if (now.empty() || now == text_at(one, "ImageID")) continue;
    found.push_back(
        json::object{{"instance", instance_of_(one)}, {"outdated", "its image has changed"}});
  }
}

// That its container can be said to the engine at all.
void Project::check(const std::string& service, const json::value& spec) const {
  Replica any;
  any.project = name_;
  any.service = service;
  any.api_version = engine_.version();
  any.model = &model_;
  for (const auto& warning : plan_container(any, spec).warnings) {
    host_.progress("", service + ": " + warning);
  }
}

Async<void> Project::prepare_networks(const json::value& service) {
  if (!text_at(service, "network_mode").empty()) co_return;
  std::vector<std::string> keys = keys_of(service, "networks");
  if (keys.empty()) keys.emplace_back("default");
  for (const auto& key : keys) {
    if (made_.insert("network " + key).second) co_await make_network(key);
  }
}

Async<void> Project::make_network(std::string key) {
  const json::value given = at(model_, "resources", "networks", key);
  Replica any;
  any.project = name_;
  any.model = &model_;
  const std::string name = resource_name(any, "networks", key);
  const Reply present = co_await engine_.get("/networks/" + url_encode(name));
  const bool external = bool_at(given, "external");
  if (present.ok()) {
    const std::string owner = text_at(at(present.body, "Labels"), labels::project);
    // By a part of an id the engine finds others as well.
    const bool same_name = text_at(present.body, "Name") == name;
    if (same_name && (external || owner == name_)) co_return;
    if (same_name) {
      throw Error(CONSORT_E_INVALID,
                  "network " + name + " exists and " +
                      (owner.empty() ? "is nobody's" : "is of project " + owner) +
                      "; set `external: true` to use it, or give another `name`");
    }
  } else if (present.status != 404) {
    expect(present, "cannot look for network " + name);
  }
  if (external) {
    throw Error(CONSORT_E_INVALID, "network " + name +
                                       " is external and does not exist; make it: "
                                       "`docker network create " +
                                       name + "`");
  }
  json::object body{{"Name", name},
                    {"CheckDuplicate", true},
                    {"Labels", labels_for(labels::network, key, given)}};
  if (auto driver = text_at(given, "driver"); !driver.empty()) body["Driver"] = driver;
  if (const auto& options = object_at(given, "driver_opts"); !options.empty()) {
    body["Options"] = texts(options);
  }
  for (const auto& [member, field] : {std::pair("internal", "Internal"),
                                      {"attachable", "Attachable"},
                                      {"enable_ipv6", "EnableIPv6"}}) {
    if (bool_at(given, member)) body[field] = true;
  }
  if (const auto& ipv4 = at(given, "enable_ipv4"); !ipv4.is_null()) {
    body["EnableIPv4"] = to_bool(ipv4);
  }
  if (auto ipam = ipam_of(given); !ipam.empty()) body["IPAM"] = std::move(ipam);
  // Where iptables stands on nftables, two of its runs may meet and one fails for nothing: Docker
  // Engine itself does not try again.
  Reply made;
  for (int tries = 0; tries < 3; ++tries) {
    json::value request(body);
    made = co_await engine_.post("/networks/create", std::move(request));
    if (made.ok() || made.message().find("iptables failed") == std::string::npos) break;
  }
  if (made.status == 409) co_return;  // somebody was quicker
  expect(made, "cannot create network " + name);
}

Async<void> Project::prepare_volumes(const json::value& service) {
  for (const auto& mount : array_at(service, "volumes")) {
    const std::string source = text_at(mount, "source");
    if (text_at(mount, "type") != "volume" || source.empty()) continue;
    if (made_.insert("volume " + source).second) co_await make_volume(source);
  }
}

Async<void> Project::make_volume(std::string key) {
  const json::value given = at(model_, "resources", "volumes", key);
  Replica any;
  any.project = name_;
  any.model = &model_;
  const std::string name = resource_name(any, "volumes", key);
  const Reply present = co_await engine_.get("/volumes/" + url_encode(name));
  if (present.ok()) co_return;
  if (present.status != 404) expect(present, "cannot look for volume " + name);
  if (bool_at(given, "external")) {
    throw Error(CONSORT_E_INVALID, "volume " + name +
                                       " is external and does not exist; make it: "
                                       "`docker volume create " +
                                       name + "`");
  }
  json::object body{{"Name", name}, {"Labels", labels_for(labels::volume, key, given)}};
  if (auto driver = text_at(given, "driver"); !driver.empty()) body["Driver"] = driver;
  if (const auto& options = object_at(given, "driver_opts"); !options.empty()) {
    body["DriverOpts"] = texts(options);
  }
  json::value request(std::move(body));
  const Reply made = co_await engine_.post("/volumes/create", std::move(request));
  expect(made, "cannot create volume " + name);
}

// ---- Release ----

// A container that is going leaves it a moment later. What somebody else uses stays.
Async<void> Project::remove_network(std::string id, std::string name) {
  Event never(engine_.reactor());
  for (auto waited = going_pause;; waited += going_pause) {
    const Reply removed = co_await engine_.remove("/networks/" + id);
    if (removed.ok() || removed.status == 404) co_return;
    if (removed.status != 403) expect(removed, "cannot remove network " + name);
    const std::string user = co_await other_user_of(id);
    if (!user.empty()) {
      host_.progress("", "network " + name + " stays: container " + user + " uses it");
      co_return;
    }
    if (waited > going_patience) expect(removed, "cannot remove network " + name);
    co_await never.wait(going_pause);
  }
}

// The name of a container on this network that this project has not started; "" without one.
Async<std::string> Project::other_user_of(std::string network) {
  const Reply seen = co_await engine_.get("/networks/" + network);
  for (const auto& [id, endpoint] : object_at(seen.body, "Containers")) {
    const Reply user = co_await engine_.get("/containers/" + std::string(id) + "/json");
    const json::value& its = at(user.body, "Config", "Labels");
    const bool ours =
        text_at(its, labels::project) == name_ && !at(its, labels::instance).is_null();
    if (user.ok() && !ours) co_return text_at(endpoint, "Name");
  }
  co_return "";
}

Async<bool> Project::can_connect() {
  try {
    co_await engine_.connect();
  } catch (const Error&) {
    co_return false;
  }
  co_return true;
}

Async<void> Project::release(json::value options, std::vector<std::string> loose) {
  struct Under {
    explicit Under(Project& p) : project(p) {
      if (project.releasing_++ == 0) project.released_ = Event(project.engine_.reactor());
    }
    ~Under() {
      if (--project.releasing_ == 0) project.released_.set();
    }
    Project& project;
  } under(*this);
  if (model_.is_null()) {
    // Nothing was prepared: an engine that cannot be used keeps nobody from going.
    const bool usable = co_await can_connect();
    if (!usable) co_return;
  }
  const std::string filter = "?filters=" + label_filter(name_);
  // Containers that no instance stands for any more: of a record that was lost.
  const Reply left = co_await engine_.get("/containers/json" + filter + "&all=1");
  expect(left, "cannot list the containers of " + name_);
  bool others = false;
  for (const auto& one : left.body.as_array()) {
    if (text_at(at(one, "Labels"), labels::instance).empty()) {
      others = true;
      continue;
    }
    const Reply removed = co_await engine_.remove("/containers/" + text_at(one, "Id") + "?force=1");
    if (removed.status == 404 || removed.status == 409) continue;  // gone, or going
    expect(removed, "cannot remove a container");
  }
  const Reply networks = co_await engine_.get("/networks" + filter);
  expect(networks, "cannot list the networks of " + name_);
  for (const auto& network : networks.body.as_array()) {
    co_await remove_network(text_at(network, "Id"), text_at(network, "Name"));
  }
  if (bool_at(options, "volumes")) {
    const Reply volumes = co_await engine_.get("/volumes" + filter);
    expect(volumes, "cannot list the volumes of " + name_);
    for (const auto& volume : array_at(volumes.body, "Volumes")) {
      loose.push_back(text_at(volume, "Name"));
    }
    for (const auto& volume : loose) {
      const Reply removed = co_await engine_.remove("/volumes/" + url_encode(volume));
      if (removed.status == 404 || (others && removed.status == 409)) continue;
      expect(removed, "cannot remove volume " + volume);
    }
  }
  if (auto which = text_at(options, "images"); !which.empty()) {
    co_await images_.remove(which == "all", model_);
  }
}

}  // namespace consort::docker
