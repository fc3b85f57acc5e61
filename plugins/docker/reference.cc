#include "plugins/docker/reference.h"

#include <regex>

namespace consort::docker {
namespace {

constexpr std::size_t longest_name = 255;

const std::regex& grammar() {
  static const std::string label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
  static const std::string host =
      "(?:" + label + "(?:\\." + label + ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?";
  static const std::string part = "[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*";
  static const std::string digest =
      "[a-zA-Z][a-zA-Z0-9]*(?:[-_+.][a-zA-Z][a-zA-Z0-9]*)*:[a-fA-F0-9]{32,}";
  static const std::regex whole("((?:" + host + "/)?" + part + "(?:/" + part +
                                    ")*)(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?(?:@" + digest +
                                    ")?",
                                std::regex::optimize);
  return whole;
}

}  // namespace

bool is_reference(const std::string& image) {
  if (image.size() > 2 * longest_name + 256) return false;  // the name, the tag and the digest
  std::smatch parts;
  return std::regex_match(image, parts, grammar()) &&
         static_cast<std::size_t>(parts[1].length()) <= longest_name;
}

std::pair<std::string, std::string> split_reference(const std::string& image) {
  if (const auto digest = image.find('@'); digest != std::string::npos) {
    return {image.substr(0, digest), image.substr(digest + 1)};
  }
  const std::size_t colon = image.rfind(':');
  const std::size_t slash = image.rfind('/');
  const bool tagged = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  if (!tagged) return {image, "latest"};
  return {image.substr(0, colon), image.substr(colon + 1)};
}

}  // namespace consort::docker
