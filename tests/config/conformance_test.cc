// The cases in tests/config/files with the answers that Docker Compose gave to them (written by
// scripts/conformance --record).
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/base/text.h"
#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr const char* files = CONSORT_SOURCE_DIR "/tests/config/files";

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(files)) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Without what is null or empty, members in the order of their names.
json::value plain(const json::value& value) {
  const auto is_empty = [](const json::value& v) {
    return v.is_null() || (v.is_object() && v.get_object().empty()) ||
           (v.is_array() && v.get_array().empty());
  };
  if (const auto* array = value.if_array()) {
    json::array result;
    for (const auto& item : *array) result.push_back(plain(item));
    return result;
  }
  const auto* object = value.if_object();
  if (!object) return value;
  std::vector<std::string> names;
  for (const auto& member : *object) names.emplace_back(member.key());
  std::sort(names.begin(), names.end());
  json::object result;
  for (const auto& name : names) {
    json::value below = plain(object->at(name));
    if (!is_empty(below)) result[name] = std::move(below);
  }
  return result;
}

json::value model_of(const config::Loaded& loaded) {
  json::object services;
  for (const auto& [name, service] : loaded.project.services) services[name] = service.spec;
  json::object model{{"name", loaded.project.name}, {"services", std::move(services)}};
  for (const auto& [key, value] : loaded.project.resources) model[key] = value;
  for (const auto& [key, value] : loaded.extensions) model[key] = value;
  return model;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// What the command line would say: options and their values, between blanks.
void add_arguments(const std::string& text, config::LoadOptions& options) {
  std::istringstream words(text);
  for (std::string option, value; words >> option >> value;) {
    if (option == "-f") {
      options.files.emplace_back(value);
    } else if (option == "--profile") {
      options.profiles.push_back(value);
    } else if (option == "--env-file") {
      options.env_files.emplace_back(value);
    } else {
      BOOST_REQUIRE_EQUAL(option, "--project-directory");
      options.project_directory = value;
    }
  }
}

// "refused", or the model as text, the folder as @DIR@, the one above as @ABOVE@, and dollars
// doubled as `config` prints them.
std::string answer(const fs::path& folder) {
  Stack stack;
  stack.options.cwd = folder;
  stack.options.project_name.reset();
  stack.options.environment = {{"COMPOSE_PROJECT_NAME", "conformance"}, {"HOME", "/home/somebody"}};
  std::istringstream variables(read(folder / "variables"));
  for (std::string line; std::getline(variables, line);) {
    const auto equals = line.find('=');
    stack.options.environment[line.substr(0, equals)] = line.substr(equals + 1);
  }
  add_arguments(read(folder / "arguments"), stack.options);
  // Every runtime may have every key here: it is the core's form that is compared.
  stack.options.runtimes.clear();
  const auto result = config::load_project(stack.options);
  const auto* loaded = std::get_if<config::Loaded>(&result);
  if (!loaded) return "refused";
  const std::string text = json::serialize(plain(model_of(*loaded)));
  const std::string below = replaced(text, folder.string(), "@DIR@");
  return replaced(replaced(below, folder.parent_path().string(), "@ABOVE@"), "$", "$$");
}

std::string expected(const fs::path& folder) {
  const json::value recorded = json::parse(read(folder / "expected.json"));
  return recorded.is_null() ? "refused" : json::serialize(plain(recorded));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conformance)

BOOST_DATA_TEST_CASE(the_model_is_docker_composes, boost::unit_test::data::make(cases()), name) {
  const fs::path folder = fs::path(files) / name;
  const std::string note = read(folder / "difference");
  const std::string got = answer(folder), want = expected(folder);
  const std::string verdict = got == want         ? "agree"
                              : want == "refused" ? "accepted"
                              : got == "refused"  ? "refused"
                                                  : "differs";
  const std::string noted = note.empty() ? "agree" : note.substr(0, note.find(' '));
  BOOST_TEST(verdict == noted, name << ": want " << want << ", got " << got);
}

BOOST_AUTO_TEST_SUITE_END()
