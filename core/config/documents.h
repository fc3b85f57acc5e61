#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/result.h"
#include "core/config/diagnostic.h"
#include "core/config/file_names.h"
#include "core/config/node.h"
#include "core/config/parse.h"
#include "core/config/tags.h"
#include "core/config/trace.h"
#include "core/config/variables.h"

namespace consort::config {

struct OpenedFile {
  std::filesystem::path path;  // absolute, or "-" for the standard input
  const std::string* shown = nullptr;
  std::vector<Node> documents;
};

// The files of which relative paths start at one folder and that see the same variables: those of
// the project, or of one `include`.
struct Scope {
  std::filesystem::path directory;  // absolute
  const Variables& variables;
  // The files that include this one, the innermost first.
  const std::filesystem::path* file = nullptr;
  const Scope* included_by = nullptr;
};

// How much of a file is wanted; `name`: at least its `name:`.
enum class Extent { whole, name };

// Opens files and makes their documents ready to be merged. Counts what all files of a project cost
// together, so that files which name each other cannot cost more than one file may.
class Documents {
 public:
  Documents(const ParseLimits& limits, std::filesystem::path cwd, bool interpolate,
            FileNames& names, Diagnostics& out, Trace* trace = nullptr)
      : limits_(limits),
        cwd_(std::move(cwd)),
        interpolate_(interpolate),
        names_(names),
        out_(out),
        trace_(trace) {}

  // The documents as they are written. The error is that the file cannot be read; what is wrong in
  // it is among the diagnostics and leaves it without documents.
  base::Result<OpenedFile> open(const std::filesystem::path& path, std::string shown,
                                base::Readable readable, Extent extent = Extent::whole);
  // A regular file, shown from `cwd`.
  base::Result<OpenedFile> open(const std::filesystem::path& path);

  // Final names of keys, tags taken out (they are returned), values interpolated, long forms.
  TaggedKeys prepare(Node& document, const Scope& scope);

  // A copy that is paid for; nullopt, and an error at `where`, beyond the limit.
  std::optional<Node> copy(const Node& node, const Mark& where);

  Diagnostics& out() { return out_; }
  Trace* trace() { return trace_; }  // nullptr: nobody asks
  FileNames& names() { return names_; }
  const std::filesystem::path& cwd() const { return cwd_; }
  const ParseLimits& limits() const { return limits_; }
  // Where the services of included projects start: their project's folder, by service.
  std::map<std::string, std::filesystem::path>& directories() { return directories_; }

 private:
  ParseLimits limits_;  // what is left
  std::filesystem::path cwd_;
  bool interpolate_;
  FileNames& names_;
  Diagnostics& out_;
  Trace* const trace_;
  Interpolated interpolated_;
  std::map<std::string, std::filesystem::path> directories_;
  int files_ = 0;
};

}  // namespace consort::config
