#include "core/config/env_files.h"

#include "core/config/dotenv.h"
#include "core/config/read.h"
#include "core/config/values.h"

namespace consort::config {

void EnvFiles::read(const Node& file, const std::string& format, bool required, const Path& path,
                    const Lookup& lookup, Node& into) const {
  const auto content = read_(file.text);
  if (!content) {
    if (!required && content.error().kind() == base::ErrorKind::not_found) return;
    out_.error(file.where, "cannot use " + path.to_string() + ": " + content.error().message());
    return;
  }
  const std::string& shown = show_(file.text);
  const auto lines = format == "raw" ? parse_raw_env(*content, shown, lookup, out_)
                                     : parse_dotenv(*content, shown, lookup, out_);
  for (const auto& line : lines) {
    if (!line.value) continue;
    if (Entry* entry = into.find(line.name)) {
      entry->value = make_scalar(*line.value, file.where);
    } else {
      into.entries.push_back({line.name, file.where, make_scalar(*line.value, file.where)});
    }
  }
}

Node EnvFiles::read_environment(const Node& files, const Path& path) const {
  Node into = make_map(files.where);
  const Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
    if (const Entry* earlier = into.find(name)) return earlier->value.text;
    return variables_(name);
  };
  for (std::size_t i = 0; i < files.items.size(); ++i) {
    const Node& item = files.items[i];
    const Path item_path(path, i);
    const Entry* name = item.find("path");
    if (!name || !name->value.is_scalar() || name->value.broken) continue;
    const Entry* format = item.find("format");
    if (format && !format->value.text.empty() && format->value.text != "raw") {
      wrong_value(format->value, Path(item_path, "format"), "a format", "raw", out_);
      continue;
    }
    const Entry* required = item.find("required");
    read(name->value, format ? format->value.text : std::string(),
         !required || value_of_boolean(required->value).value_or(true), item_path, lookup, into);
  }
  return into;
}

Node EnvFiles::read_labels(const Node& files, const Path& path) const {
  Node into = make_map(files.where);
  const Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
    const Entry* earlier = into.find(name);
    return earlier ? std::optional(earlier->value.text) : std::nullopt;
  };
  for (std::size_t i = 0; i < files.items.size(); ++i) {
    if (!files.items[i].is_scalar() || files.items[i].broken) continue;
    read(files.items[i], {}, true, Path(path, i), lookup, into);
  }
  return into;
}

}  // namespace consort::config
