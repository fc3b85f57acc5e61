#include "core/config/dotenv_files.h"

#include "core/base/file.h"
#include "core/config/dotenv.h"

namespace consort::config {

namespace fs = std::filesystem;

void add_env_files(const std::vector<fs::path>& files, const EnvFileContext& context,
                   Variables& variables) {
  Variables found;
  const Lookup lookup = [&](std::string_view name) {
    auto value = variables.value(name);
    return value ? value : found.value(name);
  };
  for (const auto& file : files) {
    const auto text = base::read_file(file, context.largest, context.readable);
    if (!text) {
      context.out.add({}, Severity::error, text.error().message());
      continue;
    }
    const std::string& shown = context.names.add(shown_path(file, context.cwd));
    for (auto& line : parse_dotenv(*text, shown, lookup, context.out)) {
      if (line.value) found.set(line.name, {std::move(*line.value), {&shown, line.line, 1}});
    }
  }
  variables.add_all(std::move(found));
}

std::string shown_path(const fs::path& path, const fs::path& cwd) {
  const fs::path relative = path.lexically_relative(cwd);
  if (relative.empty() || *relative.begin() == "..") return path.string();
  return relative.string();
}

}  // namespace consort::config
