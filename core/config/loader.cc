#include "core/config/loader.h"

#include <algorithm>
#include <memory>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/config/assemble.h"
#include "core/config/canonical.h"
#include "core/config/consistency.h"
#include "core/config/dotenv_files.h"
#include "core/config/env_files.h"
#include "core/config/interpolate.h"
#include "core/config/merge.h"
#include "core/config/normal.h"
#include "core/config/profiles.h"
#include "core/config/project_name.h"
#include "core/config/read.h"
#include "core/config/resources.h"
#include "core/config/scalar.h"
#include "core/config/service.h"
#include "core/config/service_keys.h"
#include "core/config/sources.h"
#include "core/config/tags.h"
#include "core/config/to_json.h"
#include "core/config/trace_env_files.h"
#include "core/config/validate.h"
#include "core/config/variants.h"

namespace consort::config {
namespace {

namespace fs = std::filesystem;

class Loading {
 public:
  explicit Loading(const LoadOptions& options)
      : options_(options), runtimes_(options.runtimes, options.default_runtimes) {}

  std::variant<Identity, Refused> identify() {
    if (!identified(Extent::name)) return failure();
    return Identity{loaded_.project.name, loaded_.project.directory};
  }

  // The steps in order; each reads what the one before left.
  LoadResult run() {
    auto files = identified(Extent::whole);
    if (!files) return failure();

    Node merged = assemble(std::move(*files), {sources_.directory, sources_.variables}, documents_);
    apply_variants(merged, runtimes_, out_, trace_.get());
    apply_overrides(merged);
    if (trace_) {
      trace_env_files(merged, sources_.directory, options_.cwd, lookup_, read_file_, *names_,
                      *trace_);
    }
    enabled_ = enabled_services(merged, active_profiles(), options_.services);
    NormalContext normal{loaded_.project.name,
                         sources_.directory,
                         lookup_,
                         read_file_,
                         show_file_,
                         out_,
                         runtimes_,
                         [this](const std::string& name) { return enabled_.contains(name); }};
    normalize_project(merged, normal);
    if (trace_) loaded_.explanation = trace_->finish(merged);
    if (!options_.interpolate) loaded_.used_variables = used_variables(merged);
    loaded_.profiles = all_profiles(merged);

    const auto disabled = read_services(merged);
    read_resources(merged);
    check_consistency(merged, enabled_, out_);
    validate_project(loaded_.project, disabled, out_);
    warn_of_missing_runtimes();
    if (out_.failed()) return failure();
    return success();
  }

 private:
  void apply_overrides(Node& merged) {
    if (options_.overrides.empty()) return;
    const Entry* known = merged.find("services");
    auto documents = parse_yaml(options_.overrides, names_->add("command line"), out_);
    if (!documents || !known) return;
    for (auto& document : *documents) {
      auto& services = document.find("services")->value.entries;
      services.erase_if([&](const Entry& entry) { return !known->value.find(entry.key); });
      const TaggedKeys tagged = take_tags(document);
      canonicalize_document(document, out_);
      drop_tagged(merged, tagged);
      merge_document(merged, std::move(document), out_);
    }
  }

  // The files, and the project's name; nothing if either cannot be had.
  std::optional<std::vector<OpenedFile>> identified(Extent extent) {
    auto sources = find_sources(options_, *names_, out_);
    if (!sources) return std::nullopt;
    sources_ = std::move(*sources);
    auto files = open_files(extent);
    if (out_.failed() || !choose_name(files)) return std::nullopt;
    return files;
  }

  std::vector<OpenedFile> open_files(Extent extent) {
    std::vector<OpenedFile> files;
    bool empty = true;
    for (auto& source : sources_.files) {
      auto file = documents_.open(source.path, source.shown, source.readable, extent);
      if (!file) {
        out_.add({}, Severity::error, file.error().message());
        continue;
      }
      empty = empty && file->documents.empty();
      loaded_.project.files.push_back(source.path.string());
      files.push_back(std::move(*file));
    }
    if (!out_.failed() && empty) {
      out_.add({sources_.files[0].shown, 0, 0}, Severity::error,
               "cannot read the file: it is empty");
    }
    return files;
  }

  bool choose_name(const std::vector<OpenedFile>& files) {
    auto& project = loaded_.project;
    project.directory = sources_.directory.string();
    const auto given = options_.project_name ? options_.project_name
                                             : sources_.variables.value("COMPOSE_PROJECT_NAME");
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
    } else if (const Node name = name_of(files); !name.is_null()) {
      if (read_scalar(name).type != ScalarType::text) {
        wrong_value(name, Path("name"), "a text", "a name in quotes", out_);
        return false;
      }
      project.name = normalize_project_name(name.text);
      if (project.name.empty()) {
        out_.error(name.where, "cannot name the project " + quote(name.text) +
                                   ": nothing is left of it but what a name may not have");
        return false;
      }
    } else {
      project.name = normalize_project_name(sources_.directory.filename().string());
    }
    if (project.name.empty()) {
      out_.add({}, Severity::error,
               "cannot name the project: the folder " + project.directory +
                   " gives no name (use -p NAME, or name: in the file)");
      return false;
    }
    sources_.variables.set("COMPOSE_PROJECT_NAME", {project.name, {}});
    return true;
  }

  // The last `name:`, interpolated; null: there is none.
  Node name_of(const std::vector<OpenedFile>& files) {
    Node name;
    for (const auto& file : files) {
      for (const auto& document : file.documents) {
        const Entry* entry = document.find("name");
        if (entry && entry->value.is_scalar() && !entry->value.text.empty()) name = entry->value;
      }
    }
    Interpolated before;
    Diagnostics later;  // the same is said where the document is read
    if (options_.interpolate) interpolate_values(name, Path("name"), lookup_, before, later);
    return name;
  }

  // Those that no active profile enables: nobody is told what is wrong with them.
  std::map<std::string, model::Service> read_services(Node& merged) {
    std::map<std::string, model::Service> disabled;
    Entry* services = merged.find("services");
    if (!services) return disabled;
    ServiceContext context{runtimes_,
                           loaded_.project.directory,
                           documents_.directories(),
                           out_,
                           out_.failed(),
                           merged.find("include") != nullptr,
                           options_.strict,
                           options_.interpolate};
    for (auto& entry : services->value.entries) {
      if (entry.value.broken) continue;
      const bool enabled = enabled_.contains(entry.key);
      if (!enabled) loaded_.project.disabled.push_back(entry.key);
      (enabled ? loaded_.project.services : disabled)
          .emplace(entry.key, read_service(entry, context, enabled));
    }
    std::sort(loaded_.project.disabled.begin(), loaded_.project.disabled.end());
    return disabled;
  }

  void read_resources(Node& merged) {
    check_resources(merged, out_);
    loaded_.project.resources = used_resources(merged, enabled_);
    loaded_.project.resource_where = places_of(loaded_.project.resources, merged);
    for (const auto& entry : merged.entries) {
      if (is_extension(entry.key)) loaded_.extensions[entry.key] = to_json(entry.value);
    }
  }

  // As with Docker Compose the empty name is active where no profile is named.
  std::set<std::string> active_profiles() const {
    if (!options_.profiles.empty()) return {options_.profiles.begin(), options_.profiles.end()};
    std::set<std::string> active;
    const std::string given = sources_.variables.value("COMPOSE_PROFILES").value_or("");
    for (const auto& profile : base::split(given, ',')) {
      const auto first = std::min(profile.find_first_not_of(' '), profile.size());
      active.insert(profile.substr(first, profile.find_last_not_of(' ') + 1 - first));
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

  Refused failure() {
    return Refused{out_.take(Severity::error, names_->all()),
                   out_.take(Severity::warning, names_->all())};
  }

  LoadResult success() {
    for (const auto& [name, variable] : sources_.variables.all()) {
      loaded_.variables.emplace_hint(loaded_.variables.end(), name, variable.value);
    }
    loaded_.warnings = out_.take(Severity::warning, names_->all());
    for (const auto& warning : loaded_.warnings) {
      loaded_.project.warnings.push_back(to_string(warning));
    }
    return std::move(loaded_);
  }

  const LoadOptions& options_;
  RuntimeSchemas runtimes_;
  Diagnostics out_;
  const std::shared_ptr<FileNames> names_ = std::make_shared<FileNames>();
  const std::unique_ptr<Trace> trace_ =
      options_.explain ? std::make_unique<Trace>(*options_.explain) : nullptr;
  Documents documents_{options_.limits, options_.cwd, options_.interpolate,
                       *names_,         out_,         trace_.get()};
  Sources sources_;
  std::set<std::string, std::less<>> enabled_;
  Loaded loaded_;
  const Lookup lookup_ = sources_.variables.lookup();
  // What services name: the same file may be named many times.
  std::size_t bytes_left_ = options_.limits.bytes;
  // A line has a name and a value.
  std::size_t lines_left_ = options_.limits.nodes / 2;
  const ReadFile read_file_ = [this](const std::string& path) -> base::Result<std::string> {
    const base::Error too_much(
        base::ErrorKind::invalid,
        "cannot read " + path + ": what the services read of such files is larger than " +
            std::to_string(options_.limits.bytes >> 20) + " MiB, or has more than " +
            std::to_string(options_.limits.nodes / 2) + " lines");
    if (lines_left_ == 0) return too_much;
    auto text = base::read_file(path, options_.limits.bytes);
    if (!text) return text;
    const auto lines = static_cast<std::size_t>(std::count(text->begin(), text->end(), '\n'));
    if (text->size() > bytes_left_ || lines >= lines_left_) {
      lines_left_ = 0;  // no other is read
      return too_much;
    }
    bytes_left_ -= text->size();
    lines_left_ -= lines;
    return text;
  };
  const ShowFile show_file_ = [this](const std::string& path) -> const std::string& {
    return names_->add(shown_path(path, options_.cwd));
  };
};

}  // namespace

LoadResult load_project(const LoadOptions& options) { return Loading(options).run(); }

std::variant<Identity, Refused> identify_project(const LoadOptions& options) {
  return Loading(options).identify();
}

std::string to_string(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += to_string(diagnostic);
  }
  return text;
}

}  // namespace consort::config
