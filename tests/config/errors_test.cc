// The text of errors: place, path, what stood there, what is accepted; all of them at once.
#include <boost/test/unit_test.hpp>
#include <regex>

#include "core/config/service_keys.h"
#include "tests/config/support.h"

using namespace consort::config;
using namespace consort::config::test;

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(all_errors_are_told_at_once_in_order) {
  Stack stack(R"(
services:
  web:
    comand: a
    binary: ./web
    tty: maybe
    image: ${TAG:?which one}
    depends_on: [db]
  api:
    command: b
    stop_grace_period: 10
    ulimits: {nofile: many}
)");
  stack.folder.write("consort.override.yaml", "volume: {}\n");
  BOOST_TEST(
      stack.errors() ==
      R"(consort.yaml:4:5: cannot read services.web: unknown key "comand" (did you mean "command"?)
consort.yaml:6:10: cannot read services.web.tty: "maybe" is not a boolean (accepted: true, false)
consort.yaml:7:12: cannot interpolate services.web.image: required variable TAG is missing a value: which one
consort.yaml:8:18: cannot read services.web.depends_on.db: there is no service "db"
consort.yaml:11:24: cannot read services.api.stop_grace_period: "10" is not a duration (accepted: 10s, 1m30s, 500ms)
consort.yaml:12:23: cannot read services.api.ulimits.nofile: "many" is not a limit (accepted: a number, -1 for unlimited, or soft and hard)
consort.override.yaml:1:1: cannot read the file: unknown key "volume" (did you mean "volumes"?))");
}

BOOST_AUTO_TEST_CASE(an_error_hides_none_of_another_key_or_service) {
  BOOST_TEST(
      Stack(R"(
services:
  web:
    command: a
    tty: 5
    nice: 40
    healthcheck: {http: localhost}
  api: {user: nobody}
  img: {container_name: c, runtime: container}
)")
          .errors() ==
      R"(consort.yaml:5:10: cannot read services.web.tty: "5" is not a boolean (accepted: true, false)
consort.yaml:6:11: cannot read services.web.nice for runtime process: 40 is not accepted: expected number less than or equal to 19.000000 (accepted: integer)
consort.yaml:7:25: cannot read services.web.healthcheck.http: "localhost" is not a URL that can be asked (accepted: http://HOST:PORT/PATH, https://...)
consort.yaml:8:3: cannot run service api: neither binary nor command, image or build
consort.yaml:9:3: cannot run service img as a container: neither image nor build)");
}

// What could not be read may have what seems to be missing.
BOOST_AUTO_TEST_CASE(nothing_is_missed_where_a_part_could_not_be_read) {
  const auto one = [](const std::string& text) {
    const std::string errors = Stack(text).errors();
    BOOST_TEST(errors.find("neither") == std::string::npos, errors);
    BOOST_TEST(errors.find('\n') == std::string::npos, errors);
  };
  one("services:\n  a: {comand: x}\n");
  one("services:\n  a: {command: '${X:?unset}'}\n");
  one("services:\n  a: {extends: none}\n");
  one("services:\n  a: {extends: {file: none.yaml, service: b}}\n");
  one("services:\n  a: {extends: {service: none}}\n  b: {extends: a}\n  c: {extends: b}\n");
  one("services:\n  a: {extends: b}\n  b: {extends: a}\n");
  one("services:\n  a: {runtime: process, variants: {proces: {command: x}}}\n");
  one("include: [none.yaml]\nservices:\n  a: {tty: true}\n");
  Stack stack("services:\n  a: {extends: {file: b.yaml, service: b}}\n");
  stack.folder.write("b.yaml", "services:\n  b: {extends: none}\n");
  BOOST_TEST(stack.errors() ==
             "b.yaml:2:16: cannot extend service \"none\" as b: b.yaml has none of that name");
}

BOOST_AUTO_TEST_CASE(a_signal_is_one) {
  const std::string forms = "is not a signal (accepted: SIGTERM, TERM, 15, SIGRTMIN+3)";
  const std::string at = "consort.yaml:2:32: ", path = "services.a.stop_signal: ";
  const auto process = [](const std::string& signal) {
    return Stack("services:\n  a: {command: x, stop_signal: " + signal + "}\n");
  };
  const auto container = [](const std::string& signal) {
    return Stack("services:\n  a: {image: image, stop_signal: " + signal + "}\n");
  };
  for (const std::string wrong : {"SIGNOTHING", "999", "0", "SIGRTMIN+99", "foo bar"}) {
    BOOST_TEST(process(wrong).errors() == at + "cannot read " + path + '"' + wrong + "\" " + forms);
  }
  BOOST_TEST(process("SIGTREM").errors().ends_with("(did you mean \"SIGTERM\"?)"));
  BOOST_TEST(Stack("services:\n  a: {command: x, host: h, stop_signal: x}\n").errors() ==
             "consort.yaml:2:41: cannot read " + path + "\"x\" " + forms);
  for (const std::string right : {"SIGTERM", "TERM", "15", "SIGRTMIN+3", "64"}) {
    BOOST_TEST(process(right).service("a").stop_signal.value() == right);
    BOOST_TEST(container('"' + right + '"').warnings() == "");
  }
  // Docker Compose leaves it to the engine, which has more names.
  for (const std::string right : {"sigterm", "SIGIOT", "SIGRTMAX-1", "''"}) {
    BOOST_TEST(container(right).warnings() == "");
  }
  BOOST_TEST(container("SIGNOTHING").warnings() ==
             "consort.yaml:2:34: " + path + "\"SIGNOTHING\" " + forms);
  BOOST_TEST(container("'999'").warnings() == "consort.yaml:2:34: " + path + "\"999\" " + forms);
}

BOOST_AUTO_TEST_CASE(a_negative_duration_is_none) {
  const std::string told = ": \"-1s\" is not a duration (accepted: 10s, 1m30s, 500ms)";
  for (const std::string key : {"interval", "timeout", "start_period"}) {
    const std::string check = "healthcheck: {test: x, " + key + ": -1s}}\n";
    BOOST_TEST(Stack("services:\n  a: {command: x, " + check)
                   .errors()
                   .ends_with("cannot read services.a.healthcheck." + key + told));
    // The engine refuses it as well.
    BOOST_TEST(Stack("services:\n  a: {image: x, " + check)
                   .errors()
                   .ends_with("cannot read services.a.healthcheck." + key + told));
  }
  for (const std::string key : {"delay", "window"}) {
    const std::string policy = "deploy: {restart_policy: {" + key + ": -1s}}}\n";
    const std::string path = "services.a.deploy.restart_policy." + key;
    BOOST_TEST(Stack("services:\n  a: {command: x, " + policy)
                   .errors()
                   .ends_with("cannot read " + path + told));
    // An engine never sees it, and Docker Compose does not mind.
    const Stack container("services:\n  a: {image: x, " + policy);
    BOOST_TEST(container.warnings().ends_with(
        path + ": \"-1s\" is not a duration; it is read as if it were not there"));
    BOOST_TEST(container.service("a").restart.backoff);
  }
}

BOOST_AUTO_TEST_CASE(an_error_names_the_word_that_the_file_uses) {
  BOOST_TEST(Stack("services:\n  a: {command: a, stdin: 1}\n").errors() ==
             "consort.yaml:2:26: cannot read services.a.stdin: \"1\" is not a boolean (accepted: "
             "true, false)");
  BOOST_TEST(Stack("services:\n  a: {command: a, env: 1}\n").errors() ==
             "consort.yaml:2:24: cannot read services.a.env: \"1\" is not a map or a list of "
             "NAME=value (accepted: {NAME: value}, [NAME=value, ...])");
}

BOOST_AUTO_TEST_CASE(an_unknown_key_that_is_near_no_other_has_no_suggestion) {
  BOOST_TEST(Stack("services:\n  a: {command: a, zzz: 1}\n").errors() ==
             "consort.yaml:2:19: cannot read services.a: unknown key \"zzz\"");
}

BOOST_AUTO_TEST_CASE(unknown_keys_inside_a_key) {
  BOOST_TEST(
      Stack("services:\n  a: {command: a, healthcheck: {test: x, intervall: 1s}}\n").errors() ==
      "consort.yaml:2:42: cannot read services.a.healthcheck: unknown key \"intervall\" "
      "(did you mean \"interval\"?)");
  BOOST_TEST(Stack("services:\n  a: {command: a, deploy: {replica: 1}}\n").errors() ==
             "consort.yaml:2:28: cannot read services.a.deploy: unknown key \"replica\" (did you "
             "mean \"replicas\"?)");
}

BOOST_AUTO_TEST_CASE(two_names_of_one_key) {
  BOOST_TEST(
      Stack("services:\n  a:\n    command: a\n    environment: {}\n    env: {}\n").errors() ==
      "consort.yaml:5:5: cannot read services.a.env: environment is set in line 4 as well; "
      "they are two names of one key");
}

BOOST_AUTO_TEST_CASE(binary_and_command_in_one_file) {
  BOOST_TEST(Stack("services:\n  a:\n    command: a\n    binary: b\n").errors() ==
             "consort.yaml:4:5: cannot read services.a.binary: command is set in line 3 as well; "
             "give binary and args, or command and entrypoint");
}

BOOST_AUTO_TEST_CASE(wrong_kinds) {
  BOOST_TEST(Stack("services: [a]\n").errors() ==
             "consort.yaml:1:11: cannot read services: a list is not a map (accepted: {NAME: {key: "
             "value}})");
  BOOST_TEST(
      Stack("services:\n  a: run\n").errors() ==
      "consort.yaml:2:6: cannot read services.a: \"run\" is not a map (accepted: keys such as "
      "image, build, binary, command)");
  BOOST_TEST(Stack("services:\n  a: {command: {b: c}}\n").errors() ==
             "consort.yaml:2:16: cannot read services.a.command: a map is not a command line or a "
             "list of words (accepted: program argument, [program, argument])");
  BOOST_TEST(Stack("services:\n  a: {command: [b, [c]]}\n").errors() ==
             "consort.yaml:2:20: cannot read services.a.command[1]: a list is not a text");
  BOOST_TEST(Stack("services:\n  a: {binary: b, args: c d}\n").errors() ==
             "consort.yaml:2:24: cannot read services.a.args: \"c d\" is not a list of arguments "
             "(accepted: [first, second])");
  BOOST_TEST(Stack("services:\n  a: {command: b, umask: 999}\n").errors() ==
             "consort.yaml:2:26: cannot read services.a.umask: \"999\" is not a file mode mask "
             "(accepted: octal: 022, 0077)");
}

// At its place, with its path and with what may stand there.
BOOST_AUTO_TEST_CASE(every_key_tells_of_a_wrong_type_what_is_right) {
  static const std::regex told(
      R"(consort\.yaml:4:\d+: cannot \w+ services\.a[^:]*: .*)"
      R"((accepted: |installed: |there is no \w+ \"zz\"|is not a text|unknown key|is missing|has no address).*)");
  for (const auto& key : service_keys()) {
    for (const std::string wrong : {"{zz: {y: {}}}", "[[zz], {q: r}]", "[{zz: y}]"}) {
      const std::string name(key.name);
      if (name == "image" || (name == "binary" && wrong[0] == '{')) continue;
      Stack stack("services:\n  a:\n    image: a\n    " + name + ": " + wrong + "\n");
      auto result = load_project(stack.options);
      const auto* refused = std::get_if<Refused>(&result);
      BOOST_TEST_CONTEXT(name << ": " << wrong) {
        BOOST_TEST_REQUIRE(refused);
        for (const auto& error : refused->errors) {
          BOOST_TEST(std::regex_match(to_string(error), told), to_string(error));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_map) {
  BOOST_TEST(Stack("just text\n").errors() ==
             "consort.yaml:1:1: cannot read the file: \"just text\" is not a map");
  BOOST_TEST(Stack("").errors() == "consort.yaml: cannot read the file: it is empty");
}

BOOST_AUTO_TEST_CASE(a_bad_service_name) {
  BOOST_TEST(Stack("services:\n  a b: {command: c}\n").errors() ==
             "consort.yaml:2:3: cannot read services: \"a b\" is not a name (accepted: letters, "
             "digits, . _ -)");
}

BOOST_AUTO_TEST_CASE(extensions_are_free_everywhere) {
  Stack stack(
      "x-a: 1\nservices:\n  a: {command: a, x-c: {}, healthcheck: {test: x, x-d: 1}, "
      "deploy: {x-e: 1}}\n");
  BOOST_TEST(stack.load().project.services.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_word_that_is_nearly_right_is_recognized) {
  BOOST_TEST(Stack("services:\n  a: {command: a, restart: allways}\n").errors() ==
             "consort.yaml:2:28: cannot read services.a.restart: \"allways\" is not a restart "
             "policy (accepted: \"no\", always, on-failure, on-failure:3, unless-stopped) (did you "
             "mean \"always\"?)");
  const auto condition = [](const std::string& word) {
    return Stack("services:\n  a: {command: a, depends_on: {b: {condition: " + word +
                 "}}}\n  b: {command: b}\n")
        .errors();
  };
  BOOST_TEST(condition("service_startet").ends_with("(did you mean \"service_started\"?)"));
  BOOST_TEST(condition("healthy").ends_with("(did you mean \"service_healthy\"?)"));
  BOOST_TEST(!condition("zzz").ends_with("?)"));
}

BOOST_AUTO_TEST_CASE(a_key_of_a_service_in_the_place_of_one) {
  BOOST_TEST(Stack("services:\n  command: \"sleep 1\"\n").errors() ==
             "consort.yaml:2:3: cannot read services.command: \"sleep 1\" is not a map (command is "
             "a key of a service: indent it below the service's name)");
}

BOOST_AUTO_TEST_CASE(services_without_any) {
  BOOST_TEST(
      Stack("services:\n").errors() ==
      "consort.yaml:1:1: cannot read services: nothing stands below it (accepted: services by "
      "their names, indented)");
}

BOOST_AUTO_TEST_CASE(a_service_has_a_name_that_no_command_line_or_path_takes_for_something_else) {
  for (const std::string name : {".", "..", "--help", "-a", ".a"}) {
    BOOST_TEST(Stack("services:\n  \"" + name + "\": {image: i}\n").errors() ==
               "consort.yaml:2:3: cannot name a service \"" + name +
                   "\": the first character must be a letter, a digit or _");
  }
  BOOST_TEST(
      Stack("services: {_a: {command: a}, 1a.b-c: {command: a}}").load().project.services.size() ==
      2u);
}

BOOST_AUTO_TEST_CASE(a_service_has_ten_thousand_replicas_at_most) {
  const std::string told = ": \"2000000000\" is not in the range (accepted: 0 to 10000)";
  BOOST_TEST(Stack("services:\n  a: {command: a, scale: 2000000000}\n").errors() ==
             "consort.yaml:2:26: cannot read services.a.scale" + told);
  BOOST_TEST(Stack("services:\n  a: {image: a, deploy: {replicas: 2000000000}}\n").errors() ==
             "consort.yaml:2:36: cannot read services.a.deploy.replicas" + told);
  BOOST_TEST(Stack("services: {a: {command: a, scale: 10000}}").service("a").replicas == 10000u);
}

BOOST_AUTO_TEST_CASE(a_zero_byte_would_cut_a_text) {
  const std::string told = ": a text cannot have a zero byte";
  BOOST_TEST(Stack("services:\n  a: {command: [a, \"b\\0c\"]}\n").errors() ==
             "consort.yaml:2:20: cannot read services.a.command[1]" + told);
  BOOST_TEST(Stack("services:\n  a: {image: a, environment: {A: \"b\\0c\"}}\n").errors() ==
             "consort.yaml:2:34: cannot read services.a.environment.A" + told);
  Stack stack("services:\n  a: {command: a, env_file: a.env}\n");
  stack.folder.write("a.env", "A=\"b\\0000c\"\n");
  BOOST_TEST(stack.errors() == "consort.yaml:2:29: cannot read services.a.environment.A" + told);
}

BOOST_AUTO_TEST_SUITE_END()
