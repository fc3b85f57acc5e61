#include "core/cli/up_request.h"

#include <boost/test/unit_test.hpp>

using namespace consort;
using namespace consort::cli;

namespace {

model::Project shop() {
  model::Project project;
  project.name = "shop";
  for (const char* name : {"web", "api", "db", "migrate", "mail"})
    project.services[name].name = name;
  project.services["web"].depends_on["api"] = {};
  project.services["api"].depends_on["db"].condition = model::Condition::healthy;
  project.services["api"].depends_on["migrate"].condition =
      model::Condition::completed_successfully;
  project.services["migrate"].depends_on["db"] = {};
  return project;
}

using Names = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(up_request_of)

BOOST_AUTO_TEST_CASE(named_services_bring_what_they_depend_on) {
  BOOST_TEST(closure(shop(), {"api"}, false) == (Names{"api", "db", "migrate"}),
             boost::test_tools::per_element());
  BOOST_TEST(closure(shop(), {"api"}, true) == Names{"api"}, boost::test_tools::per_element());
  BOOST_TEST(closure(shop(), {}, false).size() == 5U);
}

BOOST_AUTO_TEST_CASE(one_shots_are_those_whose_success_is_waited_for) {
  BOOST_TEST((one_shots(shop()) == std::set<std::string>{"migrate"}));
}

BOOST_AUTO_TEST_CASE(who_does_not_want_to_be_attached_is_not_shown) {
  auto project = shop();
  project.services["db"].spec["attach"] = false;
  project.services["web"].spec["attach"] = true;
  BOOST_TEST(attached_services(project, {"api", "db", "web"}) == (Names{"api", "web"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_unknown_service_names_the_nearest) {
  const auto unknown = check_service(shop(), "migrat");
  BOOST_REQUIRE(!unknown.has_value());
  BOOST_TEST((unknown.error().kind() == base::ErrorKind::not_found));
  BOOST_TEST(unknown.error().message() ==
             "cannot find service migrat of project shop: there is no such service; did you mean "
             "migrate?");
}

BOOST_AUTO_TEST_CASE(options_become_the_request) {
  Arguments arguments;
  arguments.add_word("web");
  arguments.set("wait", "");
  arguments.set("wait-timeout", "1.5");
  arguments.set("timeout", "1m");
  arguments.set("scale", "web=3");
  arguments.set("scale", "db=0");
  const auto request = up_request(arguments);
  BOOST_REQUIRE(request.has_value());
  BOOST_TEST(request->wait == "ready");
  BOOST_TEST(request->wait_timeout_ms.value() == 1500);
  BOOST_TEST(request->stop_timeout_ms.value() == 60'000);
  BOOST_TEST(request->scale.at("web") == 3U);
  BOOST_TEST(request->scale.at("db") == 0U);
}

BOOST_AUTO_TEST_CASE(a_scale_that_would_share_a_port_of_the_host_is_refused) {
  api::UpRequest request;
  model::Service web;
  web.ports = {{"", 0, 80, "tcp", {}}};
  request.project.services["web"] = web;
  request.scale["web"] = 2;
  BOOST_TEST(check_scale(request).has_value());
  request.project.services["web"].ports.push_back({"", 8080, 80, "tcp", {"a.yaml", 4, 13}});
  const auto refused = check_scale(request);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message() ==
             "a.yaml:4:13: cannot publish port 8080 of service web: the 2 replicas of --scale "
             "cannot share it (give the service's port alone, or a range)");
  request.scale["web"] = 1;
  BOOST_TEST(check_scale(request).has_value());
}

BOOST_AUTO_TEST_CASE(a_scale_that_is_none_is_refused) {
  for (const char* text : {"web", "web=", "=3", "web=-1", "web=x", "web=3x", "web=10001"}) {
    Arguments arguments;
    arguments.set("scale", text);
    BOOST_TEST(!up_request(arguments).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(a_timeout_that_is_none_is_refused) {
  for (const char* text : {"", "soon", "-1", "nan", "inf", "1e12"}) {
    Arguments arguments;
    arguments.set("timeout", text);
    BOOST_TEST(!up_request(arguments).has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
