#include "core/config/extends.h"

#include <map>

#include "core/config/merge.h"
#include "core/config/paths.h"
#include "core/config/read.h"
#include "core/config/variants.h"

namespace consort::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_chain = 100;

// What `extends:` of a service says.
struct Reference {
  std::string service;
  std::string file;  // empty: this one
  Mark where;        // of the service's name
  Mark file_where;
};

// The services that another one may extend: those of the document, or of an extended file.
struct Library {
  fs::path file;  // empty: the document's own
  const std::string* shown = nullptr;
  fs::path directory;  // where its relative paths start
  Node services;       // of an extended file
  TaggedKeys tagged;   // of an extended file: its last document's
  bool readable = true;
};

class Extender {
 public:
  Extender(Node& services, const TaggedKeys& tagged, const Scope& scope, Documents& documents)
      : services_(services), tagged_(tagged), scope_(scope), documents_(documents) {}

  void run() {
    if (documents_.trace()) documents_.trace()->extending(services_);
    for (auto& service : services_.entries) complete(service, {});
  }

 private:
  // The way that led to a service, innermost last.
  struct Step {
    const Library* library;
    std::string_view service;
    Mark where;
  };
  using Tags = std::vector<const TaggedKeys*>;

  // Completes one service of the document, in place. `where` it is extended.
  void complete(Entry& service, const Mark& where) {
    if (circular({&own_, service.key, where})) return leave_incomplete(service.value);
    const auto reference = take_reference(service);
    if (!reference) return;
    way_.push_back({&own_, service.key, reference->where});
    Tags tags{&tagged_};
    ServiceId extended{{}, reference->service};
    if (auto base = base_of(service.key, *reference, own_, tags, extended)) {
      lay_over(*base, std::move(service.value), {{}, service.key}, tags, extended);
      service.value = std::move(*base);
    } else {
      leave_incomplete(service.value);
    }
    way_.pop_back();
  }

  // A service of an extended file, complete. nullopt: not there, or it has no value.
  std::optional<Node> completed(const Library& library, const Entry& entry, const Mark& where,
                                Tags tags) {
    if (circular({&library, entry.key, where})) return std::nullopt;
    auto service = documents_.copy(entry.value, where);
    if (!service || !service->is_map()) return std::nullopt;
    Entry copy{entry.key, entry.where, std::move(*service)};
    const auto reference = take_reference(copy);
    if (!reference) return std::move(copy.value);
    way_.push_back({&library, entry.key, reference->where});
    ServiceId extended{library.file.string(), reference->service};
    auto base = base_of(entry.key, *reference, library, tags, extended);
    if (base) {
      const ServiceId id{library.file.string(), entry.key};
      lay_over(*base, std::move(copy.value), id, tags, extended);
    } else {
      base = std::move(copy.value);
      leave_incomplete(*base);
    }
    way_.pop_back();
    return base;
  }

  // What the service extends. Adds to `tags` those that apply to it, and names the file in
  // `extended`.
  std::optional<Node> base_of(std::string_view name, const Reference& reference,
                              const Library& from, Tags& tags, ServiceId& extended) {
    const Library* library = &from;
    if (!reference.file.empty()) {
      library = open(reference, from, name);
      if (!library) return std::nullopt;
      tags.push_back(&library->tagged);
      extended.file = library->file.string();
    }
    if (library == &own_) return base_of_document(name, reference);
    const Entry* entry = library->services.find(reference.service);
    if (!entry) {
      not_found(name, reference, library->services, *library->shown);
      return std::nullopt;
    }
    return completed(*library, *entry, reference.where, tags);
  }

  std::optional<Node> base_of_document(std::string_view name, const Reference& reference) {
    Entry* base = services_.find(reference.service);
    if (!base) {
      not_found(name, reference, services_, {});
      return std::nullopt;
    }
    complete(*base, reference.where);
    if (!base->value.is_map()) return std::nullopt;
    return documents_.copy(base->value, reference.where);
  }

  void lay_over(Node& base, Node service, const ServiceId& id, const Tags& tags,
                const ServiceId& extended) {
    if (documents_.trace()) documents_.trace()->laid_over(id, extended, base, service);
    for (const auto* keys : tags) drop_tagged_of_service(base, id.name, *keys);
    const Path services("services");
    merge_service(base, std::move(service), Path(services, id.name), documents_.out());
  }

  // Nobody is to miss in the service what it was to get from another one.
  void leave_incomplete(Node& service) {
    if (!documents_.out().failed() || !service.is_map() || service.find("extends")) return;
    service.entries.push_back({"extends", service.where, make_broken(service.where)});
  }

  // Takes `extends` out of the service and reads it.
  std::optional<Reference> take_reference(Entry& service) {
    Entry* entry = service.value.find("extends");
    if (!entry) return std::nullopt;
    const Node extends = std::move(entry->value);
    service.value.erase("extends");
    const Path services("services");
    const Path of_service(services, service.key);
    auto reference = read(extends, Path(of_service, "extends"));
    if (!reference) leave_incomplete(service.value);
    return reference;
  }

  // nullopt after an error.
  std::optional<Reference> read(const Node& extends, const Path& path) {
    if (extends.broken) return std::nullopt;
    auto& out = documents_.out();
    if (extends.is_scalar()) return Reference{extends.text, {}, extends.where, {}};
    if (!extends.is_map()) {
      wrong_value(extends, path, "a service", "NAME, or {file: FILE, service: NAME}", out);
      return std::nullopt;
    }
    const Entry* name = extends.find("service");
    if (!name) {
      out.error(extends.where, "cannot read " + path.to_string() + ": service is missing");
      return std::nullopt;
    }
    Reference reference{{}, {}, name->value.where, {}};
    if (name->value.broken) return std::nullopt;
    const auto text = read_text(name->value, Path(path, "service"), out);
    if (!text) return std::nullopt;
    reference.service = *text;
    if (const Entry* file = extends.find("file"); file && !file->value.is_null()) {
      if (file->value.broken) return std::nullopt;
      const auto file_name = read_text(file->value, Path(path, "file"), out);
      if (!file_name) return std::nullopt;
      reference.file = *file_name;
      reference.file_where = file->value.where;
    }
    return reference;
  }

  // Is the service on the way already, or the way too long? Then it is an error.
  bool circular(const Step& step) {
    auto& out = documents_.out();
    for (auto earlier = way_.begin(); earlier != way_.end(); ++earlier) {
      if (earlier->library != step.library || earlier->service != step.service) continue;
      std::string text = "cannot extend a service: they extend each other in a circle: ";
      for (; earlier != way_.end(); ++earlier) text += shown(*earlier) + " -> ";
      out.error(step.where, text + std::string(step.service));
      return true;
    }
    if (way_.size() < longest_chain) return false;
    out.error(step.where, "cannot extend a service: the chain is longer than " +
                              std::to_string(longest_chain) + " services");
    return true;
  }

  static std::string shown(const Step& step) {
    return std::string(step.service) + " (" + model::to_string(to_location(step.where)) + ")";
  }

  void not_found(std::string_view name, const Reference& reference, const Node& services,
                 const std::string& file) {
    std::vector<std::string_view> known;
    if (!documents_.out().enough()) {
      for (const auto& entry : services.entries) known.push_back(entry.key);
    }
    documents_.out().error(reference.where,
                           "cannot extend service " + quote(reference.service) + " as " +
                               std::string(name) + ": " + (file.empty() ? "this file" : file) +
                               " has none of that name" + suggestion(reference.service, known));
  }

  // nullptr after an error, which is told once for each file.
  const Library* open(const Reference& reference, const Library& from, std::string_view name) {
    const fs::path& start = from.file.empty() ? scope_.directory : from.directory;
    const fs::path path = (start / reference.file).lexically_normal();
    const auto [found, added] = libraries_.try_emplace(path);
    Library& library = found->second;
    if (added) library.readable = read(path, reference, name, library);
    return library.readable ? &library : nullptr;
  }

  bool read(const fs::path& path, const Reference& reference, std::string_view name,
            Library& library) {
    const std::string what =
        "cannot extend service " + quote(reference.service) + " as " + std::string(name) + ": ";
    auto& out = documents_.out();
    if (reference.file.find("://") != std::string::npos) {
      out.error(reference.file_where, what + "files of other hosts are not read");
      return false;
    }
    const std::size_t errors = out.errors();
    auto file = documents_.open(path);
    if (!file) {
      out.error(reference.file_where, what + file.error().message());
      return false;
    }
    library.file = path;
    library.shown = file->shown;
    library.directory = path.parent_path();
    Node merged;
    for (auto& document : file->documents) {
      library.tagged = documents_.prepare(document, scope_);
      drop_tagged(merged, library.tagged);
      merge_document(merged, std::move(document), out);
    }
    resolve_paths(merged, library.directory);
    resolve_variant_paths(merged, library.directory);
    if (out.errors() > errors) return false;
    Entry* services = merged.find("services");
    if (!services || !services->value.is_map()) {
      out.error(reference.file_where, what + *library.shown + " has no services");
      return false;
    }
    library.services = std::move(services->value);
    return true;
  }

  Node& services_;
  const TaggedKeys& tagged_;
  const Scope& scope_;
  Documents& documents_;
  const Library own_{};
  std::map<fs::path, Library> libraries_;
  std::vector<Step> way_;
};

}  // namespace

void apply_extends(Node& document, const TaggedKeys& tagged, const Scope& scope,
                   Documents& documents) {
  Entry* services = document.find("services");
  if (services && services->value.is_map()) {
    Extender(services->value, tagged, scope, documents).run();
  }
}

}  // namespace consort::config
