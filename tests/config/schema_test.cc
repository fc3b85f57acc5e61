// The schema of the file (consort schema): as complete as the reader, and no stricter than it.
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/base/file.h"
#include "core/config/file_schema.h"
#include "core/config/json_schema.h"
#include "core/config/parse.h"
#include "core/config/service_keys.h"
#include "core/config/to_json.h"

using namespace consort;
using namespace consort::config;
namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

RuntimeInfo runtime(std::string name, std::string_view schema) {
  RuntimeInfo info;
  info.name = std::move(name);
  info.service_schema = json::parse(schema).as_object();
  return info;
}

// One that adds to the core's schema, and its `$ref`s are its own.
const std::vector<RuntimeInfo> runtimes{
    runtime("process", R"({"type": "object", "properties": {"command": {"type": "array"}}})"),
    runtime("pod", R"({"type": "object", "definitions": {"level": {"enum": ["low", "high"]}},
        "properties": {"pod_level": {"$ref": "#/definitions/level"},
                       "pod_count": {"type": "integer", "minimum": 1, "description": "How many"},
                       "pod_labels": {"type": "object", "additionalProperties": {"type": "boolean"}}
                      }})")};

// What the schema says of a text: its errors, one a line.
std::string errors(std::string_view text) {
  static const auto schema = std::move(*JsonSchema::compile(file_schema(runtimes)));
  static const std::string name = "file.yaml";
  Diagnostics out;
  const auto documents = parse_yaml(text, name, out);
  if (documents) {
    for (const Node& document : *documents) {
      schema->check(to_json(document), document, Path(), "", out);
    }
  }
  std::string all;
  for (const auto& error : out.take(Severity::error, {name})) all += to_string(error) + '\n';
  return all;
}

std::string service(const std::string& keys) {
  return errors("services:\n  a:\n    " + keys + "\n");
}

std::set<std::string> members(const json::value& object) {
  std::set<std::string> names;
  for (const auto& member : object.as_object()) names.emplace(member.key());
  return names;
}

const json::object& core() {
  static const json::value schema = json::parse(core_schema_text());
  return schema.as_object();
}

// The YAML texts of a page: fenced or indented blocks with a `services:` of their own.
std::vector<std::string> snippets(const fs::path& page) {
  std::vector<std::string> found;
  std::ifstream file(page);
  std::string block, line;
  std::size_t indent = 0;
  const auto end = [&] {
    if (("\n" + block).find("\nservices:") != std::string::npos) found.push_back(block);
    block.clear();
  };
  bool fenced = false;
  while (std::getline(file, line)) {
    if (line.starts_with("```")) {
      end();
      fenced = !fenced && line == "```yaml";
      indent = 0;
    } else if (fenced) {
      block += line + '\n';
    } else if (line.starts_with("    ") || (line.empty() && !block.empty())) {
      if (block.empty()) indent = 4;
      block += (line.empty() ? line : line.substr(indent)) + '\n';
    } else {
      end();
    }
  }
  end();
  return found;
}

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schema)

BOOST_AUTO_TEST_CASE(it_has_every_service_key_and_no_other) {
  std::set<std::string> known;
  for (const auto& key : service_keys()) known.emplace(key.name);
  const auto described = members(core().at("definitions").at("service").at("properties"));
  BOOST_TEST(described == known, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_has_every_top_level_key_and_no_other) {
  const std::set<std::string> known(top_level_keys().begin(), top_level_keys().end());
  BOOST_TEST(members(core().at("properties")) == known, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_key_of_a_service_is_described) {
  for (const auto& [key, own] :
       core().at("definitions").at("service").at("properties").as_object()) {
    BOOST_TEST(own.as_object().contains("description"), key);
  }
}

BOOST_AUTO_TEST_CASE(the_examples_are_valid) {
  std::size_t checked = 0;
  for (const auto& file :
       fs::recursive_directory_iterator(fs::path(CONSORT_SOURCE_DIR) / "examples")) {
    if (!is_yaml(file.path())) continue;
    BOOST_TEST(errors(*base::read_file(file.path())) == "", file.path());
    ++checked;
  }
  BOOST_TEST(checked > 0u);
}

BOOST_AUTO_TEST_CASE(the_files_in_the_documentation_are_valid) {
  std::size_t checked = 0;
  std::vector<fs::path> pages{fs::path(CONSORT_SOURCE_DIR) / "README.md"};
  for (const auto& page : fs::directory_iterator(fs::path(CONSORT_SOURCE_DIR) / "docs")) {
    if (page.path().extension() == ".md") pages.push_back(page.path());
  }
  for (const auto& page : pages) {
    for (const auto& text : snippets(page)) {
      BOOST_TEST(errors(text) == "", page << ":\n" << text << errors(text));
      ++checked;
    }
  }
  BOOST_TEST(checked > 1u);
}

BOOST_AUTO_TEST_CASE(every_form_of_a_key_is_valid) {
  for (const char* keys : {
           "command: a b",
           "command: [a, 1]",
           "command:",
           "environment: [A=1, B]",
           "environment: {A: 1, B: true, C:, D: text}",
           "env: {A: 1.5}",
           "build: .",
           "build: {context: ., args: {A: 1}, shm_size: 64m, no_cache: 'true'}",
           "ports: [80, '80:80', {target: 80, published: '8080', protocol: tcp}]",
           "depends_on: [b]",
           "depends_on: {b: {condition: service_healthy, required: false}}",
           "healthcheck: {test: [CMD, a], interval: 1m30s, retries: 3}",
           "healthcheck: {http: 'http://localhost', status: 204, start_period: 500ms}",
           "healthcheck: {tcp: 'localhost:80', disable: false}",
           "host: ann@server:22",
           "host: {name: server, user: ann, port: 22, identity_file: ~/.ssh/id}",
           "volumes: ['./a:/b', {type: bind, source: ., target: /b, bind: {selinux: z}}]",
           "networks: [default]",
           "networks: {default:, other: {aliases: [x], priority: 100}}",
           "deploy: {replicas: 2, resources: {limits: {cpus: '0.5', memory: 1g, pids: 3}}}",
           "deploy: {restart_policy: {condition: any, delay: 0s, max_attempts: 3, window: 1m}}",
           "restart: on-failure:3",
           "restart: no",
           "ulimits: {nofile: 1024, core: {soft: 0, hard: -1}}",
           "env_file: [a, {path: b, required: false, format: raw}]",
           "mem_limit: 1.5gb",
           "memswap_limit: -1",
           "shm_size: 1000",
           "logging: {driver: json-file, options: {max-size: 10m, max-file: 3}}",
           "develop: {watch: [{path: ., action: sync, target: /a}]}",
           "gpus: all",
           "extends: {file: a.yaml, service: b}",
           "umask: '0022'",
           "stop_grace_period: 1h5m30s20ms",
           "x-mine: [1, {a: b}]",
           "variants: {process: {binary: ./a, args: [1]}, container: {image: i}}",
           "user: 1000",
           "extra_hosts: ['a=1.2.3.4', 'b:::1']",
           "extra_hosts: {a: 1.2.3.4, b: [1.2.3.4, '::1']}",
           "secrets: [a, {source: b, target: /c, mode: 0440, uid: '1'}]",
       }) {
    BOOST_TEST(service(keys) == "", keys << ": " << service(keys));
  }
}

BOOST_AUTO_TEST_CASE(every_top_level_key_has_its_forms) {
  BOOST_TEST(errors(R"(
name: shop
version: 3.8
include: [a.yaml, {path: [b.yaml, c.yaml], env_file: .env, project_directory: .}]
services: {}
networks:
  front:
  back: {external: true, name: other}
  own: {driver: bridge, ipam: {config: [{subnet: 10.0.0.0/8}]}, labels: [a=b]}
volumes:
  data:
  nfs: {driver_opts: {type: nfs, o: 1}}
secrets: {a: {file: ./a}, b: {environment: B}}
configs: {a: {content: text}}
models: {llm: {model: ai/m, context_size: 1024}}
x-common: &common {restart: always}
)") == "");
}

BOOST_AUTO_TEST_CASE(a_variable_may_stand_for_any_value) {
  for (const char* keys :
       {"scale: ${N}", "tty: ${TTY:-true}", "restart: ${R}", "cpus: $CPUS", "pod_level: $L",
        "pod_count: ${N}", "pod_labels: {a: '${A}'}", "{image: i, pull_policy: '${P}'}",
        "ulimits: {nofile: '${N}'}", "stop_grace_period: ${T}s", "runtime: ${RUNTIME:-process}",
        "deploy: {replicas: '${N}'}", "mem_limit: ${M}m"}) {
    BOOST_TEST(service(keys) == "", keys << ": " << service(keys));
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_found_where_it_is) {
  for (const auto& [keys, place] : {
           std::pair("comand: a", "file.yaml:3:5: "),
           std::pair("scale: many", "file.yaml:3:12: "),
           std::pair("tty: maybe", "file.yaml:3:10: "),
           std::pair("command: {a: b}", "file.yaml:3:14: "),
           std::pair("restart: sometimes", "file.yaml:3:14: "),
           std::pair("healthcheck: {interval: 10}", "file.yaml:3:29: "),
           std::pair("healthcheck: {intervall: 10s}", "file.yaml:3:18: "),
           std::pair("depends_on: {b: {condition: healthy}}", "file.yaml:3:"),
           std::pair("ports: 80", "file.yaml:3:12: "),
           std::pair("volumes: [{source: a}]", "file.yaml:3:"),
           std::pair("runtime: proces", "file.yaml:3:"),
           std::pair("umask: '999'", "file.yaml:3:12: "),
           std::pair("host: {nam: a}", "file.yaml:3:"),
           std::pair("deploy: {replicas: x}", "file.yaml:3:24: "),
           std::pair("variants: {process: {binari: a}}", "file.yaml:3:"),
           std::pair("pod_level: middle", "file.yaml:3:"),
           std::pair("pod_count: 0", "file.yaml:3:"),
       }) {
    const std::string told = service(keys);
    BOOST_TEST(told.find(place) == 0u, keys << ": " << told);
  }
  BOOST_TEST(errors("service: {}") != "");
  BOOST_TEST(errors("services: [a]") != "");
  BOOST_TEST(errors("volumes: {a: {size: 3}}") != "");
}

BOOST_AUTO_TEST_CASE(a_runtime_is_an_installed_one_or_beside_an_image_an_engines) {
  for (const char* name : {"process", "native", "container", "docker", "remote", "ssh", "pod"}) {
    BOOST_TEST(service(std::string("runtime: ") + name) == "");
  }
  BOOST_TEST(service("{runtime: nvidia, command: a}") != "");
  BOOST_TEST(service("{runtime: nvidia, image: i}") == "");
  BOOST_TEST(service("{runtime: nvidia, build: .}") == "");
}

BOOST_AUTO_TEST_CASE(the_keys_of_other_runtimes_are_described) {
  const auto schema = file_schema(runtimes);
  const auto& keys = schema.at("definitions").at("service").at("properties").as_object();
  BOOST_TEST(keys.at("pod_count").at("description").as_string() == "Runtime pod: How many");
  BOOST_TEST(!keys.at("command").as_object().contains("anyOf"), "the core's own stays as it is");
}

// Real files, read where CONSORT_CORPUS says they are.
BOOST_AUTO_TEST_CASE(sample_stacks_are_valid,
                     *boost::unit_test::precondition([](boost::unit_test::test_unit_id) {
                       return boost::test_tools::assertion_result(std::getenv("CONSORT_CORPUS") !=
                                                                  nullptr);
                     })) {
  const fs::path corpus = std::getenv("CONSORT_CORPUS");
  std::size_t checked = 0;
  for (const char* folder : {"awesome-compose", "local-network"}) {
    for (const auto& file : fs::recursive_directory_iterator(corpus / folder)) {
      if (!file.is_regular_file() || !is_yaml(file.path())) continue;
      const auto text = base::read_file(file.path());
      if (("\n" + *text).find("\nservices:") == std::string::npos) continue;
      BOOST_TEST(errors(*text) == "", file.path() << ": " << errors(*text));
      ++checked;
    }
  }
  BOOST_TEST(checked > 10u);
}

// A plugin's schema comes from outside: none of these ends or hangs who reads it.
BOOST_AUTO_TEST_CASE(what_is_no_schema_is_refused_with_the_cause) {
  const auto refusal = [](std::string_view text) {
    const auto made = JsonSchema::compile(json::parse(text).as_object());
    return made ? std::string("compiled") : made.error().message();
  };
  BOOST_TEST(refusal(R"({"$ref": "#"})") == "\"$ref\": \"#\" leads back to itself");
  BOOST_TEST(refusal(R"({"properties": {"a": {"$ref": "#/definitions/a"}},
                         "definitions": {"a": {"allOf": [{"$ref": "#/definitions/b"}]},
                                         "b": {"$ref": "#/definitions/a"}}})") ==
             "\"$ref\": \"#/definitions/b\" leads back to itself");
  BOOST_TEST(refusal(R"({"$ref": "#/definitions/none"})") ==
             "\"$ref\": \"#/definitions/none\" leads to nothing");
  BOOST_TEST(refusal(R"({"$ref": "http://localhost/schema"})") ==
             "\"$ref\": \"http://localhost/schema\" leads out of the schema");
  for (const char* text : {R"({"type": "objekt"})", R"({"minLength": "three"})", R"({"enum": "a"})",
                           R"({"required": "x"})", R"({"properties": ["a"]})"}) {
    const std::string cause = refusal(text);
    BOOST_TEST(!cause.empty(), text);
    BOOST_TEST(cause != "compiled", text);
  }
  // Into the value and back is a circle with an end.
  BOOST_TEST(refusal(R"({"properties": {"below": {"$ref": "#"}}})") == "compiled");
}

BOOST_AUTO_TEST_SUITE_END()
