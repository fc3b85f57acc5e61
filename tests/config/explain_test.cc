// Where a value comes from.
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config;
using namespace consort::config::test;

namespace {

std::string how(const ExplainedStep& step) {
  switch (step.how) {
    case ExplainedStep::How::file:
      return "";
    case ExplainedStep::How::extends:
      return " extends " + step.name;
    case ExplainedStep::How::variant:
      return " variant " + step.name;
    case ExplainedStep::How::env_file:
      return " env_file";
    case ExplainedStep::How::reset:
      return " reset";
    case ExplainedStep::How::replaced:
      return " replaced";
  }
  return " ?";
}

std::string from(const ExplainedVariable& variable) {
  using From = ExplainedVariable::From;
  const std::string place = variable.from == From::file          ? model::to_string(variable.where)
                            : variable.from == From::environment ? "environment"
                            : variable.from == From::standard    ? "default"
                            : variable.from == From::alternative ? "alternative"
                                                                 : "nothing";
  return " {" + variable.name + "=" + variable.value + " by " + place + "}";
}

// "[*]place=value how {variable}" for each step, a line each.
std::string story(Stack& stack, const std::string& path) {
  stack.options.explain = path;
  const auto loaded = stack.load();
  BOOST_REQUIRE(loaded.explanation.has_value());
  std::string text;
  for (const auto& step : loaded.explanation->steps) {
    if (!text.empty()) text += '\n';
    if (step.wins) text += '*';
    text += model::to_string(step.where) + "=" + step.value.value_or("-") + how(step);
    for (const auto& variable : step.variables) text += from(variable);
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(explain)

BOOST_AUTO_TEST_CASE(every_file_that_says_something_is_named) {
  Stack stack("services: {web: {command: w, environment: {PORT: 1}}}");
  stack.folder.write("consort.override.yaml", "services: {web: {environment: [PORT=2]}}");
  BOOST_TEST(story(stack, "services.web.environment.PORT") ==
             "consort.yaml:1:50=1\n*consort.override.yaml:1:32=2");
}

BOOST_AUTO_TEST_CASE(a_variable_is_told_with_its_source) {
  Stack stack(
      "services:\n  web:\n    command: w\n"
      "    environment: {A: $A, B: $B, C: \"${C:-c}\", D: \"${A:+d}\", E: $E}\n");
  stack.folder.write(".env", "# first\nA=1\n");
  stack.options.environment = {{"B", "2"}};
  const auto of = [&](const char* name) {
    const std::string text = story(stack, std::string("services.web.environment.") + name);
    return text.substr(text.find('='));
  };
  BOOST_TEST(of("A") == "=1 {A=1 by .env:2:1}");
  BOOST_TEST(of("B") == "=2 {B=2 by environment}");
  BOOST_TEST(of("C") == "=c {C=c by default}");
  BOOST_TEST(of("D") == "=d {A=d by alternative}");
  BOOST_TEST(of("E") == "= {E= by nothing}");
}

BOOST_AUTO_TEST_CASE(extended_services_come_before) {
  Stack stack(
      "services:\n"
      "  root: {command: r, user: one}\n"
      "  base: {extends: root, user: two}\n"
      "  web: {extends: base, user: three}\n"
      "  same: {extends: base}\n");
  BOOST_TEST(story(stack, "services.web.user") ==
             "consort.yaml:2:28=one extends root\n"
             "consort.yaml:3:31=two extends base\n"
             "*consort.yaml:4:30=three");
  BOOST_TEST(story(stack, "services.same.user") ==
             "consort.yaml:2:28=one extends root\n*consort.yaml:3:31=two extends base");
}

BOOST_AUTO_TEST_CASE(env_files_come_first) {
  Stack stack("services: {web: {command: w, env_file: my.env, environment: {B: 2}}}");
  stack.folder.write("my.env", "A=1\nB=1\n");
  BOOST_TEST(story(stack, "services.web.environment.A") == "*my.env:1:1=1 env_file");
  BOOST_TEST(story(stack, "services.web.environment.B") ==
             "my.env:2:1=1 env_file\n*consort.yaml:1:65=2");
}

BOOST_AUTO_TEST_CASE(tags_are_told) {
  Stack stack("services: {web: {command: w, user: u, environment: {A: 1}}}");
  stack.folder.write("consort.override.yaml",
                     "services: {web: {user: !reset null, environment: !override {A: 2}}}");
  BOOST_TEST(story(stack, "services.web.user") ==
             "consort.yaml:1:36=u\nconsort.override.yaml:1:24=- reset");
  BOOST_TEST(story(stack, "services.web.environment.A") ==
             "consort.yaml:1:56=1\nconsort.override.yaml:1:50=- replaced\n"
             "*consort.override.yaml:1:64=2");
}

BOOST_AUTO_TEST_CASE(a_variant_is_told) {
  Stack stack("services: {web: {command: w, user: u, variants: {process: {user: v}}}}");
  BOOST_TEST(story(stack, "services.web.user") ==
             "consort.yaml:1:36=u\n*consort.yaml:1:66=v variant process");
}

BOOST_AUTO_TEST_CASE(included_files_are_told) {
  Stack stack("include: [sub/compose.yaml]\n");
  stack.folder.write("sub/compose.yaml", "services: {web: {command: w, user: $U}}");
  stack.folder.write("sub/.env", "U=u");
  BOOST_TEST(story(stack, "services.web.user") == "*sub/compose.yaml:1:36=u {U=u by sub/.env:1:1}");
}

BOOST_AUTO_TEST_CASE(an_item_of_a_list_has_a_place) {
  Stack stack("services: {web: {command: w, dns: [1.1.1.1, $D]}}");
  stack.options.environment = {{"D", "2.2.2.2"}};
  BOOST_TEST(story(stack, "services.web.dns[1]") ==
             "*consort.yaml:1:45=2.2.2.2 {D=2.2.2.2 by environment}");
}

BOOST_AUTO_TEST_CASE(an_items_earlier_places_are_told) {
  Stack stack("services: {web: {command: w, ports: [\"80\", \"8080:81\"], volumes: [a:/x]}}");
  stack.folder.write("consort.override.yaml",
                     "services: {web: {ports: [\"82\", {target: 80, name: http}], cap_add: [A]}}");
  BOOST_TEST(story(stack, "services.web.ports[0].target") ==
             "consort.yaml:1:38=80\n*consort.override.yaml:1:41=80");
  BOOST_TEST(story(stack, "services.web.ports[1].published") == "*consort.yaml:1:44=8080");
  BOOST_TEST(story(stack, "services.web.ports[2].target") == "*consort.override.yaml:1:26=82");
  BOOST_TEST(story(stack, "services.web.ports[0].name") == "*consort.override.yaml:1:51=http");
}

BOOST_AUTO_TEST_CASE(an_item_of_an_extended_service_is_told) {
  Stack stack(
      "services:\n"
      "  a: {command: a, volumes: [/old:/data, /other:/other]}\n"
      "  b: {extends: a, volumes: [/new:/data]}\n"
      "  c: {extends: b}\n");
  BOOST_TEST(story(stack, "services.b.volumes[0].source") ==
             "consort.yaml:2:29=/old extends a\n*consort.yaml:3:29=/new");
  BOOST_TEST(story(stack, "services.c.volumes[1].source") == "*consort.yaml:2:41=/other extends a");
}

BOOST_AUTO_TEST_CASE(a_list_that_is_replaced_is_told) {
  Stack stack("services: {web: {command: w, dns: [1.1.1.1]}}");
  stack.folder.write("consort.override.yaml", "services: {web: {dns: !override [2.2.2.2]}}");
  BOOST_TEST(story(stack, "services.web.dns[0]") ==
             "consort.override.yaml:1:23=- replaced\n*consort.override.yaml:1:34=2.2.2.2");
}

BOOST_AUTO_TEST_CASE(paths_in_a_list_become_absolute) {
  Stack stack("services: {web: {command: w, env_file: [a.env]}}");
  stack.folder.write("a.env", "");
  stack.folder.write("consort.override.yaml",
                     "services: {web: {env_file: [{path: a.env, required: false}]}}");
  BOOST_TEST(story(stack, "services.web.env_file[0].required") ==
             "*consort.override.yaml:1:53=false");
}

BOOST_AUTO_TEST_CASE(keys_with_dots_are_found) {
  Stack stack("services: {w.eb: {image: i, labels: {com.example.x: y}}}");
  BOOST_TEST(story(stack, "services.w.eb.labels.com.example.x") == "*consort.yaml:1:53=y");
}

BOOST_AUTO_TEST_CASE(a_default_has_no_steps) {
  Stack stack("services: {web: {image: i}}");
  stack.options.explain = "services.web.networks.default";
  const auto loaded = stack.load();
  BOOST_TEST(loaded.explanation->steps.empty());
  BOOST_TEST(loaded.explanation->value.value_or("-") == "null");
}

BOOST_AUTO_TEST_CASE(nothing_is_watched_unless_asked_for) {
  BOOST_TEST(!Stack("services: {web: {command: w}}").load().explanation.has_value());
}

BOOST_AUTO_TEST_CASE(variables_that_values_name) {
  Stack stack(
      "services: {a: {image: \"$A${B:-b$C}${D:?must}${E+alt}\", volumes: [\"${F}:/f\"]}}\n");
  stack.options.interpolate = false;
  const auto used = stack.load().used_variables;
  std::string names;
  for (const auto& [name, use] : used) names += name;
  BOOST_TEST(names == "ABCDEF");
  BOOST_TEST(used.at("B").standard == "b$C");
  BOOST_TEST(used.at("D").required);
  BOOST_TEST(used.at("E").alternative == "alt");
}

BOOST_AUTO_TEST_SUITE_END()
