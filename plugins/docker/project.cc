#include "plugins/docker/project.h"

#include <algorithm>
#include <map>
#include <set>

#include "plugins/docker/definitions.h"
#include "plugins/docker/run_record.h"

namespace consort::docker {
namespace {

// The keys of a service's named volumes.
std::vector<std::string> volumes_of(const json::value& service) {
  std::vector<std::string> keys;
  for (const auto& mount : array_at(service, "volumes")) {
    const std::string source = text_at(mount, "source");
    if (text_at(mount, "type") == "volume" && !source.empty()) keys.push_back(source);
  }
  return keys;
}

std::string label_filter(const std::string& project) {
  return url_encode(json::serialize(
      json::object{{"label", json::array{std::string(labels::project) + "=" + project}}}));
}

}  // namespace

Project::Project(Host host, Engine& engine, Images& images, std::string name, std::string state_dir,
                 InstanceOf instance_of)
    : host_(host),
      engine_(engine),
      images_(images),
      name_(std::move(name)),
      instance_of_(instance_of),
      file_(std::move(state_dir) + "/project.json"),
      networks_(host, engine, name_, std::move(instance_of)),
      released_(engine.reactor()) {
  boost::system::error_code failed;
  model_ = json::parse(read_file(file_), failed);
  if (failed) model_ = nullptr;
}

Async<json::array> Project::prepare(json::value project) {
  co_await engine_.connect();
  // What is just being removed is none to start on.
  while (releasing_ > 0) {
    const Event released = released_;
    co_await released.wait();
  }
  Networks::Survey survey{project};
  if (bool_at(at(project, "options"), "look")) co_return co_await look(survey);
  images_.begin();
  write_file(file_, json::serialize(project));
  model_ = project;
  // First what fails most, so that a project that is refused leaves little behind.
  json::array problems = co_await check_oci_runtimes(project);
  if (problems.empty()) problems = co_await prepare_services(project);
  if (problems.empty()) problems = co_await prepare_shared(survey);
  if (problems.empty()) problems = co_await refresh_kept(project);
  if (problems.empty()) problems = co_await look_at_kept(survey);
  co_return problems;
}

// What a prepare would say of what is kept.
Async<json::array> Project::look(Networks::Survey& survey) {
  std::set<std::string> keys;
  for (const auto& name : array_at(survey.model, "keeping")) {
    const json::value& spec = at(at(survey.model, "services"), to_text(name));
    for (auto& key : Networks::keys_of(spec)) keys.insert(std::move(key));
  }
  for (const auto& key : keys) co_await networks_.provide(survey, key);
  co_return co_await look_at_kept(survey);
}

// That the engine has the OCI runtimes that services ask for, which it else says when it creates
// their containers. A name with a dot is a shim's, which it looks for itself.
Async<json::array> Project::check_oci_runtimes(const json::value& model) {
  json::array problems;
  json::value info;
  for (const auto& name : array_at(model, "starting")) {
    const std::string service = to_text(name);
    const std::string runtime = oci_runtime_of(at(model, "services", service));
    if (runtime.empty() || runtime.find('.') != std::string::npos) continue;
    if (info.is_null()) {
      const Reply reply = co_await engine_.get("/info");
      expect(reply, "cannot ask the engine for its runtimes");
      info = reply.body;
    }
    const json::object& known = object_at(info, "Runtimes");
    if (known.empty() || known.contains(runtime)) continue;
    std::string names;
    for (const auto& [one, value] : known) {
      (names += names.empty() ? "" : ", ") += one;
    }
    const std::string message =
        "the engine has no OCI runtime " + runtime + "; those that it has: " + names;
    const std::string place = text_at(at(model, "places"), "services." + service + ".runtime");
    problems.push_back(place.empty() ? json::object{{"service", service}, {"message", message}}
                                     : json::object{{"message", place + ": cannot start " +
                                                                    service + ": " + message}});
  }
  co_return problems;
}

Async<json::array> Project::prepare_services(const json::value& model) {
  json::array problems;
  for (const auto& name : array_at(model, "starting")) {
    const std::string service = to_text(name);
    const json::value& spec = at(at(model, "services"), service);
    try {
      check(service, spec);
      co_await images_.provide(service, spec, at(model, "options"));
    } catch (const Error& e) {
      if (e.status() == CONSORT_E_RETRY) throw;
      problems.push_back(json::object{{"service", service}, {"message", e.what()}});
    }
  }
  co_return problems;
}

// What services share is made once; what is said of it is said at its place, or at the first of
// them.
Async<json::array> Project::prepare_shared(Networks::Survey& survey) {
  const json::value& model = survey.model;
  std::map<std::string, std::string> networks, volumes;  // key: its first service
  for (const char* list : {"starting", "keeping"}) {
    for (const auto& name : array_at(model, list)) {
      const std::string service = to_text(name);
      const json::value& spec = at(at(model, "services"), service);
      for (auto& key : Networks::keys_of(spec)) networks.try_emplace(std::move(key), service);
      for (auto& key : volumes_of(spec)) volumes.try_emplace(std::move(key), service);
    }
  }
  json::array problems;
  const auto note = [&](const std::string& resource, const std::string& service, const Error& e) {
    if (e.status() == CONSORT_E_RETRY) throw e;
    const std::string place = text_at(at(model, "places"), resource);
    problems.push_back(place.empty() ? json::object{{"service", service}, {"message", e.what()}}
                                     : json::object{{"message", place + ": " + e.what()}});
  };
  for (const auto& [key, service] : networks) {
    try {
      co_await networks_.provide(survey, key);
    } catch (const Error& e) {
      note("networks." + key, service, e);
    }
  }
  for (const auto& [key, service] : volumes) {
    try {
      co_await make_volume(model, key);
    } catch (const Error& e) {
      note("volumes." + key, service, e);
    }
  }
  co_return problems;
}

// Of those that run: their images too are pulled or built where that is asked for.
Async<json::array> Project::refresh_kept(const json::value& model) {
  json::array problems;
  for (const auto& name : array_at(model, "keeping")) {
    const std::string service = to_text(name);
    const json::value& spec = at(at(model, "services"), service);
    try {
      co_await images_.refresh(service, spec, at(model, "options"));
    } catch (const Error& e) {
      if (e.status() == CONSORT_E_RETRY) throw;
      problems.push_back(json::object{{"service", service}, {"message", e.what()}});
    }
  }
  co_return problems;
}

// Outdated is what runs on a network that is to be made anew, and an instance of another image than
// a new one would be made of.
Async<json::array> Project::look_at_kept(const Networks::Survey& survey) {
  const json::value& model = survey.model;
  const auto& keeping = array_at(model, "keeping");
  json::array found = co_await networks_.judge(survey);
  if (keeping.empty()) co_return found;
  const Reply containers = co_await engine_.get("/containers/json?filters=" + label_filter(name_));
  expect(containers, "cannot list the containers of " + name_);
  std::map<std::string, std::string> ids;  // of images
  for (const auto& one : containers.body.as_array()) {
    const std::string service = text_at(at(one, "Labels"), labels::service);
    const json::value& spec = at(at(model, "services"), service);
    const bool kept =
        std::ranges::any_of(keeping, [&](const auto& k) { return to_text(k) == service; });
    if (!kept || text_at(at(one, "Labels"), labels::one_off) == "True") continue;
    const std::string image = image_of(name_, service, spec);
    if (!ids.contains(image)) {
      std::string id = co_await images_.id_of(image);
      ids[image] = std::move(id);
    }
    if (ids[image].empty() || ids[image] == text_at(one, "ImageID")) continue;
    found.push_back(
        json::object{{"instance", instance_of_(one)}, {"outdated", "its image has changed"}});
  }
  co_return found;
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

Async<void> Project::make_volume(const json::value& model, std::string key) {
  Replica project;
  project.project = name_;
  project.model = &model;
  json::object body = volume_body(project, key);
  const std::string name = to_text(body.at("Name"));
  const bool external = bool_at(at(model, "resources", "volumes", key), "external");
  const Reply present = co_await engine_.get("/volumes/" + url_encode(name));
  if (present.ok()) {
    const bool ours = text_at(at(present.body, "Labels"), labels::project) == name_;
    const std::string different = volume_difference(present.body, body);
    if (external || !ours || different.empty()) co_return;
    const std::string place = text_at(at(model, "places"), "volumes." + key);
    host_.progress("", (place.empty() ? "" : place + ": ") + "volume " + name +
                           " differs from the file (" + different +
                           ") and is used as it is; to make it anew, which loses its data: "
                           "`consort down`, `docker volume rm " +
                           name + "`, `consort up`");
    co_return;
  }
  if (present.status != 404) expect(present, "cannot look for volume " + name);
  if (external) {
    throw Error(CONSORT_E_INVALID, "volume " + name +
                                       " is external and does not exist; make it: "
                                       "`docker volume create " +
                                       name + "`");
  }
  json::value request(std::move(body));
  const Reply made = co_await engine_.post("/volumes/create", std::move(request));
  expect(made, "cannot make volume " + name, remedy_for(made.message()));
}

bool Project::renews_volumes(const std::string& service) const {
  if (!bool_at(at(model_, "options"), "renew_volumes")) return false;
  return std::ranges::any_of(array_at(model_, "starting"),
                             [&](const auto& name) { return to_text(name) == service; });
}

// ---- Release ----

Async<bool> Project::can_connect() {
  try {
    co_await engine_.connect();
  } catch (const Error&) {
    co_return false;
  }
  co_return true;
}

// What the services that stay use of what was made.
Project::Kept Project::kept_by(const json::value& options) const {
  Kept kept;
  for (const auto& name : array_at(options, "keeping")) {
    const std::string service = to_text(name);
    const json::value& spec = at(at(model_, "services"), service);
    for (auto& key : Networks::keys_of(spec)) kept.networks.insert(std::move(key));
    for (auto& key : volumes_of(spec)) kept.volumes.insert(std::move(key));
    kept.services.insert(service);
  }
  return kept;
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
  const json::value given = at(options, "project");
  const json::value& model = given.is_null() ? model_ : given;
  const bool down_before = !given.is_null();
  if (model_.is_null() && !down_before) {
    // Nothing was prepared: an engine that cannot be used keeps nobody from going.
    const bool usable = co_await can_connect();
    if (!usable) co_return;
  }
  if (down_before) co_await engine_.connect();
  const std::string filter = "?filters=" + label_filter(name_);
  // Containers that no instance stands for any more: of a record that was lost.
  const Reply left = co_await engine_.get("/containers/json" + filter + "&all=1");
  expect(left, "cannot list the containers of " + name_);
  const Kept kept = kept_by(options);
  bool others = false;
  for (const auto& one : left.body.as_array()) {
    if (!kept.services.empty() || text_at(at(one, "Labels"), labels::instance).empty()) {
      others = true;
      continue;
    }
    if (down_before && text_at(one, "State") == "running") {
      throw Error(CONSORT_E_INVALID, "container " + text_at(one, "Id").substr(0, 12) +
                                         " of project " + name_ + " runs; end it first");
    }
    const Reply removed = co_await engine_.remove("/containers/" + text_at(one, "Id") + "?force=1");
    if (removed.status == 404 || removed.status == 409) continue;  // gone, or going
    expect(removed, "cannot remove a container");
  }
  const Reply networks = co_await engine_.get("/networks" + filter);
  expect(networks, "cannot list the networks of " + name_);
  for (const auto& network : networks.body.as_array()) {
    if (kept.networks.contains(text_at(at(network, "Labels"), labels::network))) continue;
    co_await networks_.remove(network);
  }
  if (bool_at(options, "volumes")) {
    const Reply volumes = co_await engine_.get("/volumes" + filter);
    expect(volumes, "cannot list the volumes of " + name_);
    for (const auto& volume : array_at(volumes.body, "Volumes")) {
      if (kept.volumes.contains(text_at(at(volume, "Labels"), labels::volume))) continue;
      loose.push_back(text_at(volume, "Name"));
    }
    for (const auto& volume : loose) {
      const Reply removed = co_await engine_.remove("/volumes/" + url_encode(volume));
      if (removed.status == 404 || (others && removed.status == 409)) continue;
      expect(removed, "cannot remove volume " + volume);
    }
  }
  if (auto which = text_at(options, "images"); !which.empty()) {
    co_await images_.remove(which == "all", model, kept.services);
  }
}

}  // namespace consort::docker
