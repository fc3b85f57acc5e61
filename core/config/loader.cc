#include "core/config/loader.h"

#include <algorithm>
#include <iostream>
#include <iterator>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/config/interpolate.h"
#include "core/config/merge.h"
#include "core/config/own_keys.h"
#include "core/config/profiles.h"
#include "core/config/project_name.h"
#include "core/config/read.h"
#include "core/config/service.h"
#include "core/config/service_keys.h"
#include "core/config/sources.h"
#include "core/config/to_json.h"
#include "core/config/validate.h"

namespace consort::config {
namespace {

namespace fs = std::filesystem;

class Loading {
 public:
  explicit Loading(const LoadOptions& options)
      : options_(options), runtimes_(options.runtimes, options.default_runtimes) {}

  // The steps in order; each reads what the one before left. `include` has its place between
  // resolve_own_keys and merge_document, `extends` between merge_document and read_services.
  LoadResult run() {
    auto sources = find_sources(options_, out_);
    if (!sources) return failure();
    sources_ = std::move(*sources);
    if (!parse_files() || !choose_name()) return failure();

    Node merged;
    for (auto& document : documents_) {
      if (options_.interpolate) interpolate_values(document, Path(), lookup_, unset_, out_);
      resolve_own_keys(document, out_);
      merge_document(merged, std::move(document), out_);
    }
    documents_.clear();
    if (!check_top_level(merged)) return failure();

    read_services(merged);
    auto disabled = apply_profiles(loaded_.project, active_profiles(), options_.services, out_);
    validate_project(loaded_.project, disabled, out_);
    warn_of_missing_runtimes();
    if (out_.failed()) return failure();
    return success();
  }

 private:
  std::optional<std::string> variable(std::string_view name) const {
    const auto found = sources_.variables.find(name);
    return found == sources_.variables.end() ? std::nullopt : std::optional(found->second);
  }

  bool parse_files() {
    for (std::size_t i = 0; i < sources_.files.size(); ++i) {
      const auto& path = sources_.files[i];
      base::Result<std::string> text =
          path == "-"
              ? base::Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), {}))
              : base::read_file(path, options_.limits.bytes);
      if (!text) {
        out_.add({}, Severity::error, text.error().message());
        continue;
      }
      auto documents = parse_yaml(*text, sources_.shown[i], out_, options_.limits);
      if (!documents) continue;
      std::move(documents->begin(), documents->end(), std::back_inserter(documents_));
      loaded_.project.files.push_back(path.string());
    }
    if (!out_.failed() && documents_.empty()) {
      out_.add({sources_.shown[0], 0, 0}, Severity::error, "cannot read the file: it is empty");
    }
    return !out_.failed();
  }

  bool choose_name() {
    auto& project = loaded_.project;
    project.directory = sources_.directory.string();
    const auto given =
        options_.project_name ? options_.project_name : variable("COMPOSE_PROJECT_NAME");
    if (given && !given->empty()) {
      if (!is_project_name(*given)) {
        out_.add({}, Severity::error,
                 "cannot name the project " + quote(*given) +
                     ": a name has lower-case letters, digits, _ and -, and starts with a letter "
                     "or a digit" +
                     (normalize_project_name(*given).empty()
                          ? std::string()
                          : " (for example " + quote(normalize_project_name(*given)) + ")"));
        return false;
      }
      project.name = *given;
    } else {
      project.name = normalize_project_name(name_of_documents());
      if (project.name.empty()) {
        project.name = normalize_project_name(sources_.directory.filename().string());
      }
    }
    if (project.name.empty()) {
      out_.add({}, Severity::error,
               "cannot name the project: the folder " + project.directory +
                   " gives no name (use -p NAME, or name: in the file)");
      return false;
    }
    sources_.variables.insert_or_assign("COMPOSE_PROJECT_NAME", project.name);
    return true;
  }

  // The last `name:`, interpolated.
  std::string name_of_documents() {
    for (auto document = documents_.rbegin(); document != documents_.rend(); ++document) {
      const Entry* entry = document->find("name");
      if (!entry || entry->value.is_null()) continue;
      Node name = entry->value;
      if (options_.interpolate) interpolate_values(name, Path("name"), lookup_, unset_, out_);
      return read_text(name, Path("name"), out_).value_or("");
    }
    return {};
  }

  bool check_top_level(const Node& merged) {
    if (!merged.is_map()) {
      out_.error(merged.where, "cannot read the file: " + describe(merged) + " is not a map");
      return false;
    }
    check_keys(merged, Path(), top_level_keys(), out_);
    for (const auto& entry : merged.entries) {
      if (entry.value.is_null() || is_extension(entry.key)) continue;
      if (entry.key == "include") {
        out_.warn(entry.where, "include is not supported yet: the files it names are not read");
      } else if (entry.key != "name" && entry.key != "version" &&
                 expect_map(entry.value, Path(entry.key), out_) && entry.key != "services") {
        loaded_.resources[entry.key] = to_json(entry.value);
      }
    }
    return true;
  }

  static bool is_service_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '_' || c == '-';
    });
  }

  void read_services(const Node& merged) {
    const Entry* services = merged.find("services");
    if (!services) return;
    const ReadFile read = [this](const std::string& path) {
      return base::read_file(path, options_.limits.bytes);
    };
    ServiceContext context{runtimes_, lookup_, loaded_.project.directory, read, out_};
    context.has_broken_values = out_.failed();
    const Path path("services");
    for (const auto& entry : services->value.entries) {
      if (is_extension(entry.key) || entry.value.broken) continue;
      if (!is_service_name(entry.key)) {
        out_.error(entry.where, "cannot read services: " + quote(entry.key) +
                                    " is not a name (accepted: letters, digits, . _ -)");
        continue;
      }
      if (!entry.value.is_null() && !expect_map(entry.value, Path(path, entry.key), out_)) continue;
      if (const Entry* extends = entry.value.find("extends")) {
        out_.warn(extends->where,
                  "services." + entry.key + ".extends is not supported yet: nothing is taken over");
      }
      loaded_.project.services.emplace(entry.key, read_service(entry, context));
    }
  }

  std::vector<std::string> active_profiles() const {
    if (!options_.profiles.empty()) return options_.profiles;
    std::vector<std::string> active;
    for (auto& profile : base::split(variable("COMPOSE_PROFILES").value_or(""), ',')) {
      if (!profile.empty()) active.push_back(std::move(profile));
    }
    return active;
  }

  // Once for each runtime, at the first service that needs it.
  void warn_of_missing_runtimes() {
    std::map<std::string, std::vector<const model::Service*>> missing;
    for (const auto& [name, service] : loaded_.project.services) {
      const RuntimeInfo* runtime = runtimes_.find(service.runtime);
      if (runtime && !runtime->installed) missing[service.runtime].push_back(&service);
    }
    for (const auto& [runtime, services] : missing) {
      std::string names = quote(services[0]->name);
      if (services.size() > 1) names += " and " + std::to_string(services.size() - 1) + " more";
      out_.add(services[0]->runtime_where, Severity::warning,
               "runtime " + runtime + " is not installed: it is needed by " + names +
                   " (installed: " + runtimes_.installed() + ")");
    }
  }

  LoadResult failure() { return out_.take(Severity::error, sources_.shown); }

  LoadResult success() {
    loaded_.warnings = out_.take(Severity::warning, sources_.shown);
    for (const auto& warning : loaded_.warnings) {
      loaded_.project.warnings.push_back(to_string(warning));
    }
    return std::move(loaded_);
  }

  const LoadOptions& options_;
  RuntimeSchemas runtimes_;
  Diagnostics out_;
  Sources sources_;
  std::vector<Node> documents_;
  Unset unset_;
  Loaded loaded_;
  const Lookup lookup_ = [this](std::string_view name) { return variable(name); };
};

}  // namespace

LoadResult load_project(const LoadOptions& options) { return Loading(options).run(); }

std::string to_string(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += to_string(diagnostic);
  }
  return text;
}

}  // namespace consort::config
