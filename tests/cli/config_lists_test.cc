// What `config` prints beside the model.
#include "core/cli/config_lists.h"

#include <boost/test/unit_test.hpp>

#include "core/base/text.h"
#include "core/cli/config_explain.h"

using namespace consort;

namespace {

model::Project project_of(std::initializer_list<std::pair<const char*, const char*>> links) {
  model::Project project;
  project.name = "p";
  for (const auto& [name, needs] : links) {
    model::Service service;
    service.name = name;
    if (*needs) service.depends_on[needs] = {};
    project.services.emplace(name, std::move(service));
  }
  return project;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_lists)

BOOST_AUTO_TEST_CASE(services_come_after_what_they_depend_on) {
  const auto project = project_of({{"a", "z"}, {"b", ""}, {"z", "m"}, {"m", ""}});
  BOOST_TEST(base::join(cli::service_lines(project), " ") == "m z a b");
}

BOOST_AUTO_TEST_CASE(a_circle_of_services_ends) {
  const auto project = project_of({{"a", "b"}, {"b", "a"}});
  BOOST_TEST(cli::service_lines(project).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_built_service_has_an_image_of_its_name) {
  auto project = project_of({{"a", ""}, {"b", ""}, {"c", ""}});
  project.services.at("a").spec["build"] = boost::json::object();
  project.services.at("b").spec["image"] = "i:1";
  BOOST_TEST(base::join(cli::image_lines(project, {}), " ") == "p-a i:1");
  BOOST_TEST(base::join(cli::image_lines(project, {"b"}), " ") == "i:1");
}

BOOST_AUTO_TEST_CASE(variables_are_a_table) {
  BOOST_TEST(cli::variable_table({{"A", {true, "", ""}}, {"B", {false, "b", "c"}}}) ==
             "NAME   REQUIRED   DEFAULT VALUE   ALTERNATE VALUE\n"
             "A      true\n"
             "B      false      b               c\n");
}

BOOST_AUTO_TEST_CASE(an_explanation_marks_what_won) {
  using How = config::ExplainedStep::How;
  using From = config::ExplainedVariable::From;
  config::Explanation explanation{"services.a.user", "u", {}};
  explanation.steps.push_back({{"base.yaml", 3, 9}, How::extends, "b", "x", {}, false});
  explanation.steps.push_back({{"a.yaml", 10, 5}, How::reset, "", std::nullopt, {}, false});
  explanation.steps.push_back(
      {{"c.yaml", 1, 1}, How::file, "", "u", {{"U", From::file, {".env", 2, 1}, "u"}}, true});
  BOOST_TEST(cli::explanation_text(explanation) ==
             "services.a.user is \"u\"\n"
             "  base.yaml:3:9  \"x\", of the extended service b\n"
             "  a.yaml:10:5    !reset: what was before is dropped\n"
             "* c.yaml:1:1     \"u\"; $U is \"u\" by .env:2:1\n");
}

BOOST_AUTO_TEST_CASE(a_default_is_called_one) {
  BOOST_TEST(cli::explanation_text({"services.a.networks.default", "null", {}}) ==
             "services.a.networks.default is \"null\"; no file says so, it is a default\n");
}

BOOST_AUTO_TEST_SUITE_END()
