#include "core/config/documents.h"

#include <unistd.h>

#include <algorithm>

#include "core/base/file.h"
#include "core/config/canonical.h"
#include "core/config/dotenv_files.h"
#include "core/config/interpolate.h"
#include "core/config/own_keys.h"
#include "core/config/variants.h"

namespace consort::config {
namespace {

constexpr int most_files = 1000;
constexpr std::size_t values_of_port = 5;

// Takes the number of the node's values from `left`. False: it has more.
bool take(const Node& node, std::size_t& left) {
  if (left == 0) return false;
  --left;
  const auto taken = [&](const Entry& entry) { return take(entry.value, left); };
  return std::all_of(node.entries.begin(), node.entries.end(), taken) &&
         std::all_of(node.items.begin(), node.items.end(),
                     [&](const Node& item) { return take(item, left); });
}

base::Result<std::string> read(const std::filesystem::path& path, std::size_t largest,
                               base::Readable readable) {
  if (path != "-") return base::read_file(path, largest, readable);
  return base::read_stream(STDIN_FILENO, "the standard input", largest);
}

}  // namespace

base::Result<OpenedFile> Documents::open(const std::filesystem::path& path, std::string shown,
                                         base::Readable readable, Extent extent) {
  if (++files_ > most_files) {
    return base::Error(base::ErrorKind::invalid, "cannot read " + shown + ": more than " +
                                                     std::to_string(most_files) +
                                                     " files are included or extended");
  }
  const auto text = read(path, limits_.bytes, readable);
  if (!text) return text.error();
  OpenedFile file{path, &names_.add(std::move(shown)), {}};
  std::optional<std::vector<Node>> documents;
  if (extent == Extent::name) documents = parse_leading_name(*text, *file.shown);
  ParseUse use;
  if (!documents) documents = parse_yaml(*text, *file.shown, out_, limits_, &use);
  if (documents) file.documents = std::move(*documents);
  limits_.bytes -= std::min(limits_.bytes, text->size());
  limits_.nodes -= std::min(limits_.nodes, use.nodes);
  return file;
}

base::Result<OpenedFile> Documents::open(const std::filesystem::path& path) {
  return open(path, shown_path(path, cwd_), base::Readable::files);
}

TaggedKeys Documents::prepare(Node& document, const Scope& scope) {
  if (!document.is_map()) {
    out_.error(document.where, "cannot read the file: " + describe(document) + " is not a map");
    document = make_map(document.where);
  }
  resolve_own_keys(document, out_);
  TaggedKeys tagged = take_tags(document);
  if (interpolate_) {
    const UseListener listener = [&](const Mark& where, std::vector<VariableUse> uses) {
      trace_->interpolated(where, std::move(uses), scope.variables);
    };
    interpolate_values(document, Path(), scope.variables.lookup(), interpolated_, out_,
                       trace_ ? &listener : nullptr);
  }
  const int ports = canonicalize_document(document, out_, interpolate_);
  limits_.nodes -= std::min(limits_.nodes, values_of_port * static_cast<std::size_t>(ports));
  canonicalize_variants(document, out_, interpolate_);
  return tagged;
}

std::optional<Node> Documents::copy(const Node& node, const Mark& where) {
  if (take(node, limits_.nodes)) return node;
  out_.error(where, "cannot extend a service here: the project has too many values");
  return std::nullopt;
}

}  // namespace consort::config
