#include "plugins/docker/inspected.h"

#include <boost/test/unit_test.hpp>

namespace consort::docker {

BOOST_AUTO_TEST_SUITE(docker_inspected)

BOOST_AUTO_TEST_CASE(a_port_of_both_families_is_told_once) {
  const auto inspected = json::parse(R"({"NetworkSettings": {"Ports": {
      "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "32768"}, {"HostIp": "::", "HostPort": "32768"}],
      "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "5353"}],
      "81/tcp": null}}})");
  BOOST_TEST(json::serialize(published_ports(inspected)) ==
             R"([{"host_ip":"","published":32768,"target":80,"protocol":"tcp"},)"
             R"({"host_ip":"127.0.0.1","published":5353,"target":53,"protocol":"udp"}])");
  BOOST_TEST(published_ports(json::parse("{}")).empty());
}

BOOST_AUTO_TEST_CASE(what_a_killed_engine_left_is_told_from_other_failures) {
  BOOST_TEST(is_left_of_a_start("cannot start container p-web-1: task 0a1b: already exists"));
  BOOST_TEST(is_left_of_a_start("cannot start container p-web-1: id already in use"));
  BOOST_TEST(!is_left_of_a_start("cannot start container p-web-1: exec: \"already\": not found"));
  BOOST_TEST(!is_left_of_a_start("Bind for 0.0.0.0:80 failed: port is already allocated"));
}

BOOST_AUTO_TEST_CASE(ipv6_comes_after_and_only_where_its_port_is_another) {
  const auto inspected = json::parse(R"({"NetworkSettings": {"Ports": {
      "80/tcp": [{"HostIp": "::", "HostPort": "2"}, {"HostIp": "0.0.0.0", "HostPort": "1"}]}}})");
  BOOST_TEST(json::serialize(published_ports(inspected)) ==
             R"([{"host_ip":"","published":1,"target":80,"protocol":"tcp"},)"
             R"({"host_ip":"::","published":2,"target":80,"protocol":"tcp"}])");
}

BOOST_AUTO_TEST_CASE(the_engine_chooses_what_is_not_one_number) {
  const auto chooses = [](const char* ports) {
    return chooses_ports(json::parse(std::string(R"({"ports": )") + ports + "}"));
  };
  BOOST_TEST(!chooses(R"([])"));
  BOOST_TEST(!chooses(R"([{"target": 80, "published": "8080"}])"));
  BOOST_TEST(chooses(R"([{"target": 80}])"));
  BOOST_TEST(chooses(R"([{"target": 80, "published": "0"}])"));
  BOOST_TEST(chooses(R"([{"target": 80, "published": "8000-8010"}])"));
}

BOOST_AUTO_TEST_CASE(why_the_images_own_check_failed_last) {
  const auto said = [](const char* health) { return last_check(json::parse(health)); };
  BOOST_TEST(
      said(R"({"Log":[{"ExitCode":0,"Output":"x"},{"ExitCode":3,"Output":"a\nno db\n"}]})") ==
      "the probe exited with 3: no db");
  BOOST_TEST(said(R"({"Log":[{"ExitCode":1,"Output":""}]})") == "the probe exited with 1");
  BOOST_TEST(said(R"({"Log":[{"ExitCode":-1,"Output":"Health check took too long"
}]
})") == "Health check took too long");
  BOOST_TEST(said(R"({"Log":[{"ExitCode":0,"Output":"x"}]})") == "");
  BOOST_TEST(said(R"({"Log":null})") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
