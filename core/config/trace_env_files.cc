#include "core/config/trace_env_files.h"

#include "core/config/dotenv.h"
#include "core/config/dotenv_files.h"

namespace consort::config {

void trace_env_files(const Node& merged, const std::filesystem::path& directory,
                     const std::filesystem::path& cwd, const Lookup& variables,
                     const ReadFile& read, FileNames& names, Trace& trace) {
  const Entry* services = merged.find("services");
  if (!services) return;
  Diagnostics said_elsewhere;
  for (const auto& service : services->value.entries) {
    const Entry* files = service.value.find("env_file");
    if (!files) continue;
    for (const auto& file : files->value.items) {
      const Entry* path = file.find("path");
      if (!path) continue;
      const auto whole = directory / path->value.text;
      const auto text = read(whole.string());
      if (!text) continue;
      const std::string& shown = names.add(shown_path(whole, cwd));
      const Entry* format = file.find("format");
      const auto lines = format && format->value.text == "raw"
                             ? parse_raw_env(*text, shown, variables, said_elsewhere)
                             : parse_dotenv(*text, shown, variables, said_elsewhere);
      for (const auto& line : lines) {
        if (line.value) {
          trace.env_file_line(service.key, line.name, *line.value, {&shown, line.line, 1});
        }
      }
    }
  }
}

}  // namespace consort::config
