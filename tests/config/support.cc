#include "tests/config/support.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "core/base/text.h"

namespace consort::config::test {
namespace {

// What a process plugin's manifest says of a service.
constexpr std::string_view process_schema = R"({
  "type": "object",
  "properties": {
    "binary": {"type": "string"}, "args": {"type": "array"}, "user": {"type": "string"},
    "umask": {"type": "string"}, "ulimits": {"type": "object"},
    "nice": {"type": "integer", "minimum": -20, "maximum": 19},
    "scheduler": {"enum": ["batch", "idle"]},
    "logging": {"properties": {"options": {"properties": {"keep": {"pattern": "^[0-9]+$"}}}}}
  }
})";
constexpr std::string_view container_schema =
    R"({"type": "object", "properties": {"image": {}, "build": {}, "networks": {}, "volumes": {},
        "container_name": {}, "user": {}, "ulimits": {}}})";

}  // namespace

Folder::Folder() {
  path_ = std::filesystem::temp_directory_path() / ("consort-config-" + base::random_hex(8));
  std::filesystem::create_directories(path_);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, std::string_view text) const {
  const auto file = path_ / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

Stack::Stack() {
  options.cwd = folder.path();
  options.project_name = "test";
  RuntimeInfo process{"process", {"native"}, true, {}};
  process.service_schema = boost::json::parse(process_schema).as_object();
  RuntimeInfo container{"container", {"docker"}, true, {}};
  container.service_schema = boost::json::parse(container_schema).as_object();
  options.runtimes = {process, container};
}

Stack::Stack(std::string_view text) : Stack() { folder.write("consort.yaml", text); }

Loaded Stack::load() const {
  auto result = load_project(options);
  if (auto* refused = std::get_if<Refused>(&result)) {
    BOOST_FAIL("not loaded: " + to_string(refused->errors));
  }
  return std::move(std::get<Loaded>(result));
}

std::string Stack::errors() const {
  const auto result = load_project(options);
  const auto* refused = std::get_if<Refused>(&result);
  BOOST_REQUIRE_MESSAGE(refused, "loaded without an error");
  BOOST_TEST(!refused->errors.empty());
  return to_string(refused->errors);
}

std::string Stack::warnings() const { return to_string(load().warnings); }

model::Service Stack::service(const std::string& name) const {
  const auto loaded = load();
  const auto found = loaded.project.services.find(name);
  BOOST_REQUIRE_MESSAGE(found != loaded.project.services.end(), "no service " + name);
  return found->second;
}

std::string spec(const model::Service& service, std::string_view key) {
  const auto* value = service.spec.if_contains(key);
  return value ? boost::json::serialize(*value) : "-";
}

std::string joined(const std::vector<std::string>& words) { return base::join(words, "|"); }

}  // namespace consort::config::test
