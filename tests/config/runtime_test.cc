// Which runtime runs a service, and what its schema says of the service's keys.
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort::config;
using namespace consort::config::test;

namespace {

struct Keys : Stack {
  explicit Keys(const std::string& keys) : Stack("services:\n  a:\n    " + keys + "\n") {}
  std::string runtime() const { return service("a").runtime; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(runtime)

BOOST_AUTO_TEST_CASE(it_follows_from_the_keys) {
  BOOST_TEST(Keys("image: i").runtime() == "container");
  BOOST_TEST(Keys("build: .").runtime() == "container");
  BOOST_TEST(Keys("{host: h, command: c}").runtime() == "remote");
  BOOST_TEST(Keys("{host: h, image: i}").runtime() == "container");
  BOOST_TEST(Keys("command: c").runtime() == "process");
}

BOOST_AUTO_TEST_CASE(it_is_named_by_name_or_alias) {
  BOOST_TEST(Keys("{image: i, command: c, runtime: process}").runtime() == "process");
  BOOST_TEST(Keys("{image: i, runtime: docker}").runtime() == "container");
  BOOST_TEST(Keys("{command: c, runtime: ssh}").runtime() == "remote");
  BOOST_TEST(Keys("{command: c, runtime: native}").runtime() == "process");
}

BOOST_AUTO_TEST_CASE(it_has_a_place) {
  const auto named = Keys("command: c\n    runtime: process").service("a");
  BOOST_TEST(named.runtime_where.line == 4);
  BOOST_TEST(named.runtime_where.column == 14);
  const auto implied = Keys("command: c").service("a");
  BOOST_TEST(implied.runtime_where.line == 2);
}

BOOST_AUTO_TEST_CASE(an_unknown_one_with_an_image_is_the_engines) {
  Keys stack("image: i\n    runtime: nvidia");
  const auto a = stack.service("a");
  BOOST_TEST(a.runtime == "container");
  BOOST_TEST(spec(a, "runtime") == R"("nvidia")");
  BOOST_TEST(stack.warnings() ==
             "consort.yaml:4:14: services.a.runtime: \"nvidia\" is no runtime of Consort; the "
             "service runs in runtime container with it as the OCI runtime");
}

BOOST_AUTO_TEST_CASE(a_typo_of_one_with_an_image_is_pointed_out) {
  BOOST_TEST(Keys("image: i\n    runtime: proces").warnings() ==
             "consort.yaml:4:14: services.a.runtime: \"proces\" is no runtime of Consort (did you "
             "mean \"process\"?); the service runs in runtime container with it as the OCI "
             "runtime");
}

BOOST_AUTO_TEST_CASE(an_unknown_one_is_an_error_that_lists_the_installed) {
  BOOST_TEST(Keys("command: c\n    runtime: proces").errors() ==
             "consort.yaml:4:14: cannot read services.a.runtime: unknown runtime \"proces\" (did "
             "you mean \"process\"?) (installed: container, process)");
}

BOOST_AUTO_TEST_CASE(a_known_one_that_is_not_installed_is_a_warning) {
  BOOST_TEST(Keys("{host: h, command: c}").warnings() ==
             "consort.yaml:2:3: runtime remote is not installed: it is needed by \"a\" "
             "(installed: container, process)");
}

BOOST_AUTO_TEST_CASE(a_third_partys_runtime_brings_its_keys) {
  Keys stack("runtime: wasm\n    module: app.wasm\n    fuel: lots");
  stack.options.runtimes.push_back(
      {"wasm",
       {"wasmtime"},
       true,
       boost::json::parse(R"({"properties": {"module": {"type": "string"},
                                             "fuel": {"type": "integer"}}})")
           .as_object()});
  BOOST_TEST(stack.errors() ==
             "consort.yaml:5:11: cannot read services.a.fuel for runtime wasm: \"lots\" is not "
             "accepted: value type not permitted by 'type' constraint (accepted: integer)");
}

BOOST_AUTO_TEST_CASE(a_schemas_errors_stand_at_the_value) {
  BOOST_TEST(
      Keys("command: c\n    nice: 40\n    scheduler: fast\n    logging:\n      options: {keep: x}")
          .errors() ==
      "consort.yaml:4:11: cannot read services.a.nice for runtime process: 40 is not "
      "accepted: expected number less than or equal to 19.000000 (accepted: integer)\n"
      "consort.yaml:5:16: cannot read services.a.scheduler for runtime process: \"fast\" is "
      "not accepted: failed to match against any enum values (accepted: batch, idle)\n"
      "consort.yaml:7:23: cannot read services.a.logging.options.keep for runtime process: \"x\" "
      "is not accepted: failed to match regex specified by 'pattern' constraint (accepted: what "
      "matches ^[0-9]+$)");
}

BOOST_AUTO_TEST_CASE(a_missing_key_stands_at_the_service) {
  Keys stack("runtime: wasm\n    command: c");
  stack.options.runtimes.push_back(
      {"wasm", {}, true, boost::json::parse(R"({"required": ["module"]})").as_object()});
  BOOST_TEST(stack.errors() ==
             "consort.yaml:3:5: cannot read services.a for runtime wasm: missing required property "
             "'module'");
}

BOOST_AUTO_TEST_CASE(a_missing_key_is_told_beside_a_wrong_one) {
  Keys stack("runtime: wasm\n    fuel: lots\n    tty: 5");
  stack.options.runtimes.push_back({"wasm",
                                    {},
                                    true,
                                    boost::json::parse(R"({
      "required": ["module", "tty"],
      "properties": {"fuel": {"type": "integer"}, "tty": {"type": "boolean"}}})")
                                        .as_object()});
  BOOST_TEST(stack.errors() ==
             "consort.yaml:3:5: cannot read services.a for runtime wasm: missing required property "
             "'module'\n"
             "consort.yaml:4:11: cannot read services.a.fuel for runtime wasm: \"lots\" is not "
             "accepted: value type not permitted by 'type' constraint (accepted: integer)\n"
             "consort.yaml:5:10: cannot read services.a.tty: \"5\" is not a boolean (accepted: "
             "true, false)");
}

BOOST_AUTO_TEST_CASE(a_name_that_the_schema_does_not_know_stands_at_its_key) {
  Keys stack("runtime: wasm\n    limits: {memry: 1, zzz: 2}\n    mounts: [{path: a, pth: b}]");
  stack.options.runtimes.push_back({"wasm",
                                    {},
                                    true,
                                    boost::json::parse(R"({"properties": {
      "limits": {"propertyNames": {"enum": ["memory", "tables"]}},
      "mounts": {"items": {"properties": {"path": {}}, "additionalProperties": false}}}})")
                                        .as_object()});
  BOOST_TEST(stack.errors() ==
             "consort.yaml:4:14: cannot read services.a.limits.memry for runtime wasm: unknown key "
             "\"memry\" (did you mean \"memory\"?)\n"
             "consort.yaml:4:24: cannot read services.a.limits.zzz for runtime wasm: unknown key "
             "\"zzz\" (accepted: memory, tables)\n"
             "consort.yaml:5:24: cannot read services.a.mounts[0].pth for runtime wasm: unknown "
             "key \"pth\" (did you mean \"path\"?)");
}

BOOST_AUTO_TEST_CASE(a_schema_says_in_its_own_words_what_it_accepts) {
  Keys stack("runtime: wasm\n    engine: a:b");
  stack.options.runtimes.push_back({"wasm",
                                    {},
                                    true,
                                    boost::json::parse(R"({"properties": {
      "engine": {"pattern": "^[a-z]+$", "errorMessage": "an engine is a word"}}})")
                                        .as_object()});
  BOOST_TEST(stack.errors() ==
             "consort.yaml:4:13: cannot read services.a.engine for runtime wasm: \"a:b\" is not "
             "accepted: an engine is a word");
}

BOOST_AUTO_TEST_CASE(keys_without_use_are_noted_once_and_kept) {
  Keys stack("image: i\n    container_name: n\n    runtime: process\n    command: c");
  const auto a = stack.service("a");
  BOOST_TEST(spec(a, "image") == R"("i")");
  BOOST_TEST(stack.warnings() ==
             "consort.yaml:2:3: services.a: keys \"image\", \"container_name\" have no use in "
             "runtime process and are kept for when the service moves back");
  BOOST_TEST(Keys("image: i\n    umask: 22").warnings() ==
             "consort.yaml:2:3: services.a: key \"umask\" has no use in runtime container and is "
             "kept for when the service moves back");
}

BOOST_AUTO_TEST_CASE(a_container_runs_its_command_only) {
  Keys stack("image: i\n    entrypoint: [e]\n    command: [c]");
  const auto a = stack.service("a");
  BOOST_TEST(joined(a.argv) == "c");
  BOOST_TEST(spec(a, "entrypoint") == R"(["e"])");
}

BOOST_AUTO_TEST_CASE(what_variables_make_has_the_type_that_the_schema_wants) {
  Keys stack("command: c\n    nice: ${N}\n    scheduler: ${S}");
  stack.options.environment = {{"N", "3"}, {"S", "idle"}};
  BOOST_TEST(spec(stack.service("a"), "nice") == "3");
  BOOST_TEST(spec(stack.service("a"), "scheduler") == R"("idle")");
  stack.options.environment["N"] = "x";
  BOOST_TEST(stack.errors().find("services.a.nice for runtime process: \"x\" is not accepted") !=
             std::string::npos);
  // In quotes it was meant as a text.
  Keys quoted("command: c\n    nice: '${N}'");
  quoted.options.environment = {{"N", "3"}};
  BOOST_TEST(quoted.errors().find("\"3\" is not accepted") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_text_stays_a_text_where_the_schema_takes_one) {
  Keys stack("binary: c\n    user: ${N}");
  stack.options.environment = {{"N", "3"}};
  BOOST_TEST(spec(stack.service("a"), "user") == R"("3")");
}

BOOST_AUTO_TEST_SUITE_END()
