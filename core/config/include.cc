#include "core/config/include.h"

#include "core/config/dotenv_files.h"
#include "core/config/inherited.h"
#include "core/config/paths.h"
#include "core/config/read.h"
#include "core/config/variants.h"

namespace consort::config {
namespace {

namespace fs = std::filesystem;

constexpr int deepest = 50;
constexpr std::string_view sections[] = {"services", "networks", "volumes", "secrets", "configs"};

// One entry of `include:`.
struct Inclusion {
  std::vector<const Node*> files;  // the first is the project's main file
  const Node* directory = nullptr;
  std::vector<const Node*> env_files;
};

class Includer {
 public:
  Includer(const Scope& scope, Documents& documents, const Assemble& assemble)
      : scope_(scope), documents_(documents), out_(documents.out()), assemble_(assemble) {}

  void run(Node& document) {
    Entry* entry = document.find("include");
    if (!entry) return;
    const Node include = std::move(entry->value);
    const Mark where = entry->where;
    document.erase("include");
    if (include.is_null()) return;
    const std::size_t errors = out_.errors();
    include_all(include, where, document);
    if (!include.broken && out_.errors() == errors) return;
    document.entries.push_back({"include", where, make_broken(where)});  // see ServiceContext
  }

 private:
  void include_all(const Node& include, const Mark& where, Node& document) {
    if (include.broken) return;
    const Path path("include");
    if (!include.is_sequence()) {
      return wrong_value(include, path, "a list of files", "[FILE, {path: FILE}]", out_);
    }
    if (depth() >= deepest) {
      out_.error(where, "cannot include a file: the chain is longer than " +
                            std::to_string(deepest) + " files");
      return;
    }
    for (std::size_t i = 0; i < include.items.size(); ++i) {
      const Path at(path, i);
      if (const auto inclusion = read(include.items[i], at)) join(*inclusion, document);
    }
  }

  int depth() const {
    int depth = 0;
    for (const Scope* scope = &scope_; scope; scope = scope->included_by) ++depth;
    return depth;
  }

  std::optional<Inclusion> read(const Node& item, const Path& path) {
    Inclusion inclusion;
    if (item.is_scalar()) {
      if (!item.broken) inclusion.files.push_back(&item);
    } else if (item.is_map()) {
      static constexpr std::string_view keys[] = {"path", "project_directory", "env_file"};
      check_keys(item, path, keys, out_);
      if (!texts(item, "path", path, inclusion.files) ||
          !texts(item, "env_file", path, inclusion.env_files)) {
        return std::nullopt;
      }
      const Entry* directory = item.find("project_directory");
      if (directory && !directory->value.is_null()) {
        const Path at(path, "project_directory");
        if (!read_text(directory->value, at, out_)) return std::nullopt;
        if (!directory->value.text.empty()) inclusion.directory = &directory->value;
      }
      if (inclusion.files.empty()) {
        out_.error(item.where, "cannot read " + path.to_string() + ": path is missing");
      }
    } else {
      wrong_value(item, path, "a file", "FILE, or {path: FILE}", out_);
    }
    if (inclusion.files.empty()) return std::nullopt;
    return inclusion;
  }

  bool texts(const Node& item, std::string_view key, const Path& parent,
             std::vector<const Node*>& into) {
    const Entry* entry = item.find(key);
    if (!entry || entry->value.is_null()) return true;
    if (!read_texts(entry->value, Path(parent, key), out_, true)) return false;
    if (entry->value.is_scalar()) into.push_back(&entry->value);
    for (const auto& text : entry->value.items) into.push_back(&text);
    return true;
  }

  fs::path absolute(const Node& path) const {
    return (scope_.directory / path.text).lexically_normal();
  }

  void join(const Inclusion& inclusion, Node& document) {
    const std::size_t errors = out_.errors();
    std::vector<OpenedFile> files = open(inclusion);
    if (out_.errors() > errors || files.empty()) return;
    const fs::path directory =
        inclusion.directory ? absolute(*inclusion.directory) : files[0].path.parent_path();
    Variables variables = scope_.variables;
    add_env_files(env_files(inclusion, directory),
                  {documents_.cwd(), documents_.limits().bytes, documents_.names(), out_},
                  variables);
    const fs::path main_file = files[0].path;
    Node imported = assemble_(std::move(files), Scope{directory, variables, &main_file, &scope_});
    if (out_.errors() > errors) return;
    resolve_paths(imported, directory);
    resolve_variant_paths(imported, directory);
    resolve_inherited(imported, variables.lookup());
    if (const Entry* services = imported.find("services")) {
      // One that it includes itself is there already.
      for (const auto& service : services->value.entries) {
        documents_.directories().try_emplace(service.key, directory);
      }
    }
    for (const auto section : sections) join_section(imported, section, document);
  }

  std::vector<OpenedFile> open(const Inclusion& inclusion) {
    std::vector<OpenedFile> files;
    for (const Node* name : inclusion.files) {
      const std::string what = "cannot include " + quote(name->text) + ": ";
      if (name->text.find("://") != std::string::npos) {
        out_.error(name->where, what + "files of other hosts are not read");
        continue;
      }
      const fs::path path = absolute(*name);
      if (circular(path, *name)) continue;
      auto file = documents_.open(path);
      if (file) {
        files.push_back(std::move(*file));
      } else {
        out_.error(name->where, what + file.error().message());
      }
    }
    return files;
  }

  bool circular(const fs::path& path, const Node& name) {
    std::string way;
    for (const Scope* scope = &scope_; scope && scope->file; scope = scope->included_by) {
      way = shown_path(*scope->file, documents_.cwd()) + " -> " + way;
      if (*scope->file != path) continue;
      out_.error(name.where, "cannot include " + quote(name.text) +
                                 ": files include each other in a circle: " + way +
                                 shown_path(path, documents_.cwd()));
      return true;
    }
    return false;
  }

  std::vector<fs::path> env_files(const Inclusion& inclusion, const fs::path& directory) {
    std::vector<fs::path> files;
    std::error_code ignored;
    for (const Node* file : inclusion.env_files) {
      const fs::path path = absolute(*file);
      if (fs::exists(path, ignored) && !fs::is_directory(path, ignored)) {
        files.push_back(path);
      } else {
        out_.error(file->where, "cannot read " + shown_path(path, documents_.cwd()) +
                                    (fs::exists(path, ignored) ? ": it is a directory"
                                                               : ": No such file or directory"));
      }
    }
    const fs::path standard = directory / ".env";
    if (inclusion.env_files.empty() && fs::exists(standard, ignored) &&
        !fs::is_directory(standard, ignored)) {
      files.push_back(standard);
    }
    return files;
  }

  void join_section(Node& imported, std::string_view key, Node& document) {
    Entry* from = imported.find(key);
    if (!from || !from->value.is_map()) return;
    Entry* into = document.find(key);
    if (!into) {
      document.entries.push_back(std::move(*from));
      return;
    }
    if (into->value.is_null()) into->value = make_map(into->where);
    if (!into->value.is_map()) return;  // reported where it is read
    Node& map = into->value;
    for (auto& entry : from->value.entries) {
      const Entry* own = map.find(entry.key);
      if (!own) {
        map.entries.push_back(std::move(entry));
      } else if (!same_value(own->value, entry.value)) {
        out_.error(own->where, "cannot include " + std::string(key) + "." + entry.key + " of " +
                                   model::to_string(to_location(entry.where)) +
                                   ": this file defines it differently");
      }
    }
  }

  const Scope& scope_;
  Documents& documents_;
  Diagnostics& out_;
  const Assemble& assemble_;
};

}  // namespace

void apply_include(Node& document, const Scope& scope, Documents& documents,
                   const Assemble& assemble) {
  Includer(scope, documents, assemble).run(document);
}

}  // namespace consort::config
