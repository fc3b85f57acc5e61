#include "core/daemon/journal.h"

#include <algorithm>

#include <boost/json/array.hpp>

#include "core/model/json.h"

namespace consort::daemon {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorKind;
using base::Result;
using engine::ReplicaRecord;
using record::Durable;

constexpr std::string_view plugin_dirs_key = "plugin_dirs";

std::string replica_key(const model::ReplicaId& id) { return "replica/" + model::to_string(id); }
std::string service_key(const model::ReplicaId& id) { return "service/" + model::to_string(id); }

bool same(const std::map<std::string, model::Dependency>& a,
          const std::map<std::string, model::Dependency>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.condition == y.second.condition &&
           x.second.required == y.second.required && x.second.restart == y.second.restart;
  });
}

json::object to_json(const ReplicaRecord& record) {
  json::object out;
  out["status"] = model::to_json(record.status);
  out["handle"] = record.handle;
  out["wanted_running"] = record.wanted_running;
  out["one_off"] = record.one_off;
  out["hash"] = record.hash;
  out["past"] = json::array(record.past.begin(), record.past.end());
  return out;
}

bool flag(const json::object& object, std::string_view key, bool otherwise) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

std::string text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(std::string_view(value->get_string()));
}

std::vector<std::string> texts(const json::value* value) {
  std::vector<std::string> all;
  if (value == nullptr || !value->is_array()) return all;
  for (const auto& one : value->get_array()) {
    if (one.is_string()) all.emplace_back(std::string_view(one.get_string()));
  }
  return all;
}

Result<ReplicaRecord> replica_from_json(const json::value& replica,
                                        const std::optional<json::value>& service) {
  const auto* object = replica.if_object();
  if (object == nullptr) return Error(ErrorKind::invalid, "it is not an object");
  const auto* status = object->if_contains("status");
  if (status == nullptr) return Error(ErrorKind::invalid, "it has no status");
  auto read = model::status_from_json(*status);
  if (!read) return read.error();
  ReplicaRecord record;
  record.status = std::move(*read);
  record.handle = text(*object, "handle");
  record.wanted_running = flag(*object, "wanted_running", true);
  record.one_off = flag(*object, "one_off", false);
  record.hash = text(*object, "hash");
  record.past = texts(object->if_contains("past"));
  if (!service) return Error(ErrorKind::invalid, "its service is missing");
  auto project = model::project_from_json(json::object{{"services", {{"it", *service}}}});
  if (!project) return project.error();
  record.service = std::make_shared<const model::Service>(std::move(project->services.at("it")));
  return record;
}

}  // namespace

StoreJournal::Remembered StoreJournal::load() {
  Remembered all;
  if (const auto stored = store_->get(project_key)) {
    auto project = model::project_from_json(*stored);
    if (project) {
      all.project = std::move(*project);
    } else {
      all.problems.push_back("cannot take up the project: " + project.error().message());
    }
  }
  if (const auto stored = store_->get(plugin_dirs_key)) all.plugin_dirs = texts(&*stored);
  constexpr std::string_view prefix = "replica/";
  for (const auto& [key, value] : store_->entries(prefix)) {
    const std::string name = key.substr(prefix.size());
    auto record = replica_from_json(value, store_->get("service/" + name));
    if (!record) {
      all.problems.push_back("cannot take up " + name + ": " + record.error().message());
      continue;
    }
    note(*record);
    instances_[record->status.id] = record->past;
    if (!record->status.instance.empty()) {
      instances_[record->status.id].push_back(record->status.instance);
    }
    all.replicas.push_back(std::move(*record));
  }
  return all;
}

void StoreJournal::note(const ReplicaRecord& record) {
  written_[record.status.id] = {record.hash, record.service};
}

bool StoreJournal::is_written(const ReplicaRecord& record) const {
  const auto found = written_.find(record.status.id);
  if (found == written_.end() || found->second.hash != record.hash) return false;
  const model::Service& written = *found->second.service;
  const model::Service& now = *record.service;
  return &written == &now ||
         (written.where == now.where && same(written.depends_on, now.depends_on));
}

Result<void> StoreJournal::put_plugin_dirs(const std::vector<std::string>& dirs) {
  return store_->put(plugin_dirs_key, json::array(dirs.begin(), dirs.end()), Durable::yes);
}

Result<void> StoreJournal::put_project(const model::Project& project) {
  if (!store_) return Error(ErrorKind::cancelled, "cannot record the project: it is being let go");
  return store_->put(project_key, model::to_json(project), Durable::yes);
}

Result<void> StoreJournal::put_replica(const ReplicaRecord& record) {
  const model::ReplicaId& id = record.status.id;
  if (!store_) {
    return Error(ErrorKind::cancelled,
                 "cannot record " + model::to_string(id) + ": it is being let go");
  }
  if (!is_written(record)) {
    if (auto put = store_->put(service_key(id), model::to_json(*record.service)); !put) return put;
  }
  note(record);  // the same service may be another project's now, and hold that one
  // The result of a one-shot outlives the machine: it is not to be done twice.
  const bool result = record.status.state == model::State::exited && record.wanted_running;
  if (auto put = store_->put(replica_key(id), to_json(record), result ? Durable::yes : Durable::no);
      !put) {
    return put;
  }
  auto& instances = instances_[id];
  const std::string& present = record.status.instance;
  const bool is_new = !present.empty() && (instances.empty() || instances.back() != present);
  if (is_new || instances.size() != record.past.size() + 1) {
    instances = record.past;
    if (!present.empty()) instances.push_back(present);
  }
  if (is_new && begun_) begun_(id, present);
  return {};
}

Result<void> StoreJournal::drop_replica(const model::ReplicaId& id) {
  instances_.erase(id);
  written_.erase(id);
  if (!store_) return {};
  if (auto erased = store_->erase(replica_key(id)); !erased) return erased;
  return store_->erase(service_key(id));
}

}  // namespace consort::daemon
