#include "core/config/read.h"
#include "core/config/service_parts.h"
#include "core/config/shellwords.h"

namespace consort::config {

std::optional<std::vector<std::string>> read_command(const Node& node, const Path& path,
                                                     Diagnostics& out) {
  if (node.is_null()) return std::nullopt;
  if (!node.is_scalar()) return read_texts(node, path, out, true);
  auto words = split_words(node.text);
  if (!words) {
    out.error(node.where, "cannot read " + path.to_string() + ": " + words.error().message());
    return std::nullopt;
  }
  if (words->ended_at != std::string_view::npos) {
    out.warn(node.where, path.to_string() + ": the command ends before " +
                             quote(node.text.substr(words->ended_at)) +
                             ": no shell reads it (for a shell: [sh, -c, \"...\"])");
  }
  return std::move(words->words);
}

}  // namespace consort::config
