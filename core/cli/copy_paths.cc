#include "core/cli/copy_paths.h"

namespace consort::cli {
namespace {

using base::Error;
using base::ErrorKind;

std::string_view without_slashes_at_end(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace

CopyPlace parse_copy_place(std::string_view text) {
  const std::size_t colon = text.find(':');
  const bool local = text.starts_with('/') || text.starts_with('.');
  if (local || colon == std::string_view::npos || colon == 0) return {"", std::string(text)};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

std::string last_part(std::string_view path) {
  path = without_slashes_at_end(path);
  if (path == "/") return "";
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string parent_of(std::string_view path) {
  path = without_slashes_at_end(path);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

base::Result<Landing> landing(std::string_view source, Present at_source,
                              std::string_view destination, Present at_destination) {
  const std::string name = last_part(source);
  const bool content = name.empty() || name == "." || name == "..";
  const std::string where(destination);
  if (at_source == Present::nothing) {
    return Error(ErrorKind::not_found, "there is no " + std::string(source));
  }
  switch (at_destination) {
    case Present::directory:
      return Landing{where, content ? "" : name};
    case Present::file:
      if (at_source == Present::directory) {
        return Error(ErrorKind::invalid, where + " is a file, and the source a directory");
      }
      return Landing{parent_of(where), last_part(where)};
    case Present::nothing:
      if (where.ends_with('/') && at_source != Present::directory) {
        return Error(ErrorKind::not_found, "there is no directory " + where);
      }
      return Landing{parent_of(where), last_part(where)};
  }
  return Error("cannot happen");
}

}  // namespace consort::cli
