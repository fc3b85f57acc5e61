#include "plugins/docker/image_facts.h"

#include <boost/test/unit_test.hpp>

namespace consort::docker {

BOOST_AUTO_TEST_SUITE(image_facts)

BOOST_AUTO_TEST_CASE(a_command_is_the_images_own_where_the_service_has_none) {
  const ImageFacts image = facts_of(json::parse(
      R"({"Config": {"Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["postgres", "-c", "a=b"]}})"));
  const auto runs = [&](const char* body) {
    return command_of(json::parse(body).as_object(), image);
  };
  BOOST_TEST(runs("{}") == "docker-entrypoint.sh postgres -c a=b");
  BOOST_TEST(runs(R"({"Cmd": ["psql"]})") == "docker-entrypoint.sh psql");
  BOOST_TEST(runs(R"({"Cmd": []})") == "docker-entrypoint.sh postgres -c a=b");
  BOOST_TEST(runs(R"({"Entrypoint": []})") == "postgres -c a=b");
  BOOST_TEST(runs(R"({"Entrypoint": ["sh", "-c"]})") == "sh -c");
  BOOST_TEST(runs(R"({"Entrypoint": ["sh"], "Cmd": ["-x"]})") == "sh -x");
  BOOST_TEST(command_of({}, facts_of(json::parse(R"({"Config": {"Cmd": null}})"))) == "");
}

BOOST_AUTO_TEST_CASE(a_check_counts_unless_it_is_switched_off) {
  const auto checks = [](const char* config) {
    return facts_of(json::parse(config)).checks_health;
  };
  BOOST_TEST(checks(R"({"Config": {"Healthcheck": {"Test": ["CMD", "true"]}}})"));
  BOOST_TEST(!checks(R"({"Config": {"Healthcheck": {"Test": ["NONE"]}}})"));
  BOOST_TEST(!checks(R"({"Config": {}})"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
