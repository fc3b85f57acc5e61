#include "core/config/unused_keys.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/config/read.h"
#include "core/config/service_keys.h"

namespace consort::config {
namespace {

// Of `deploy`, what the core does not read.
constexpr std::string_view for_an_engine[] = {"mode",      "endpoint_mode",   "placement",
                                              "resources", "rollback_config", "update_config"};

bool has(const Node& service, std::string_view key) {
  const Entry* entry = service.find(key);
  return entry && !entry->value.is_null();
}

// One that has been a container, or may be one.
bool has_image(const Node& service) {
  return has(service, "image") || has(service, "build") || has(service, "variants");
}

class Report {
 public:
  Report(const std::string& runtime, bool strict, Diagnostics& out)
      : runtime_(runtime), strict_(strict), out_(out) {}

  void unused(const Entry& entry, const Path& path, std::string_view why) {
    if (why.empty()) why = "the runtime does not know it";
    if (strict_) {
      out_.error(entry.where, "cannot use " + single(path.to_string(), why));
    } else {
      unused_.push_back({&entry, path.to_string(), why});
    }
  }

  void expected(const Entry& entry) { keys_ += (count_++ ? ", " : "") + quote(entry.shown()); }

  void finish(const Entry& service, const Path& path) {
    warn(path);
    if (count_ == 0) return;
    out_.warn(service.where, path.to_string() + ": " + (count_ == 1 ? "key " : "keys ") + keys_ +
                                 (count_ == 1 ? " has" : " have") + " no use in runtime " +
                                 runtime_ + " and " + (count_ == 1 ? "is" : "are") +
                                 " kept for when the service moves back");
  }

 private:
  struct Unused {
    const Entry* entry;
    std::string path;
    std::string_view why;
  };

  std::string single(const std::string& path, std::string_view why) const {
    return path + ": it has no use in runtime " + runtime_ + ": " + std::string(why);
  }

  static std::string place(const Mark& key, const Mark& first) {
    return key.file == first.file ? "line " + std::to_string(key.line)
                                  : model::to_string(to_location(key));
  }

  // One warning for a service, at the first of its keys; those of one reason together.
  void warn(const Path& service) {
    if (unused_.empty()) return;
    const Mark& where = unused_.front().entry->where;
    if (unused_.size() == 1) return out_.warn(where, single(unused_[0].path, unused_[0].why));
    const std::string start = service.to_string() + ".";
    std::vector<std::pair<std::string_view, std::string>> reasons;  // and their keys
    for (const auto& key : unused_) {
      auto reason = std::find_if(reasons.begin(), reasons.end(),
                                 [&](const auto& known) { return known.first == key.why; });
      if (reason == reasons.end()) reason = reasons.insert(reason, {key.why, {}});
      if (!reason->second.empty()) reason->second += ", ";
      reason->second += key.path.substr(start.size()) + " (" + place(key.entry->where, where) + ")";
    }
    std::string text =
        service.to_string() + ": these keys have no use in runtime " + runtime_ + ": ";
    for (const auto& [why, keys] : reasons) {
      if (why != reasons.front().first) text += "; ";
      text += keys + ": " + std::string(why);
    }
    out_.warn(where, std::move(text));
  }

  const std::string& runtime_;
  const bool strict_;
  Diagnostics& out_;
  std::vector<Unused> unused_;
  std::string keys_;
  std::size_t count_ = 0;
};

}  // namespace

void report_unused_keys(const Entry& service, const Path& path, const std::string& runtime,
                        const RuntimeSchemas& runtimes, bool strict, Diagnostics& out) {
  const bool container = runtime == "container";
  const bool moved = has_image(service.value);
  Report report(runtime, strict, out);
  for (const auto& entry : service.value.entries) {
    if (is_extension(entry.key) || entry.value.is_null()) continue;
    const ServiceKey* key = find_service_key(entry.key);
    if (!key && !runtimes.known_key(entry.key)) continue;  // it is an error, which is told
    const KeyUse use = key ? key->use : KeyUse::runtime;
    const Path key_path(path, entry.shown());
    if (use == KeyUse::core && entry.key == "deploy" && !container &&
        !runtimes.uses(runtime, "deploy").value_or(false)) {
      for (const auto name : for_an_engine) {
        const Entry* part = entry.value.find(name);
        if (part && !part->value.is_null()) report.unused(*part, Path(key_path, name), {});
      }
    }
    if (use == KeyUse::core || (use == KeyUse::command && !container)) continue;
    if (container && entry.key == "pull_refresh_after") {
      report.unused(entry, key_path,
                    "Docker Compose does nothing with it (pull_policy: every_12h)");
      continue;
    }
    // A runtime without a schema is given everything; a container still has no use for another's.
    const bool of_others = use == KeyUse::moved || use == KeyUse::command;
    if (runtimes.uses(runtime, entry.key).value_or(!container || !of_others)) continue;
    if (of_others || (use == KeyUse::image && moved)) {
      report.expected(entry);
    } else {
      report.unused(entry, key_path, key ? key->why_not : std::string_view());
    }
  }
  report.finish(service, path);
}

}  // namespace consort::config
