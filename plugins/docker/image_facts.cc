#include "plugins/docker/image_facts.h"

namespace consort::docker {

ImageFacts facts_of(const json::value& image) {
  const json::value& config = at(image, "Config");
  const json::array& check = array_at(at(config, "Healthcheck"), "Test");
  return {!check.empty() && to_text(check.front()) != "NONE", array_at(config, "Entrypoint"),
          array_at(config, "Cmd")};
}

std::string command_of(const json::object& body, const ImageFacts& image) {
  const json::array none;
  const auto given = [&](const char* key) {
    const json::value* words = body.if_contains(key);
    return words != nullptr ? words->if_array() : nullptr;
  };
  const auto says = [](const json::array* words) { return words != nullptr && !words->empty(); };
  const json::array* entrypoint = given("Entrypoint");
  const json::array* command = given("Cmd");
  if (!says(command)) command = says(entrypoint) ? &none : &image.command;
  if (entrypoint == nullptr) entrypoint = &image.entrypoint;
  std::string text;
  for (const json::array* words : {entrypoint, command}) {
    for (const auto& word : *words) text += (text.empty() ? "" : " ") + to_text(word);
  }
  return text;
}

}  // namespace consort::docker
