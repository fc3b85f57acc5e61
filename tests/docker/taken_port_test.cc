#include "plugins/docker/taken_port.h"

#include <boost/test/unit_test.hpp>

namespace consort::docker {

BOOST_AUTO_TEST_SUITE(taken_ports)

BOOST_AUTO_TEST_CASE(of_every_engines_message) {
  const struct {
    const char* message;
    int port;
    bool udp;
  } cases[] = {
      {"driver failed programming external connectivity on endpoint x (0a1b): Bind for "
       "0.0.0.0:5432 "
       "failed: port is already allocated",
       5432, false},
      {"Bind for :::8080 failed: port is already allocated", 8080, false},
      {"Error starting userland proxy: listen tcp4 127.0.0.1:80: bind: address already in use", 80,
       false},
      {"Error starting userland proxy: listen tcp6 [::1]:443: bind: address already in use", 443,
       false},
      {"Error starting userland proxy: listen udp 0.0.0.0:53: bind: address already in use", 53,
       true},
      {"failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use", 8080,
       false},
      {"failed to bind host port 127.0.0.1:53/udp: address already in use", 53, true},
  };
  for (const auto& one : cases) {
    BOOST_TEST_CONTEXT(one.message) {
      const auto port = taken_port(one.message);
      BOOST_REQUIRE(port.has_value());
      BOOST_TEST(port->number == one.port);
      BOOST_TEST(port->udp == one.udp);
    }
  }
}

BOOST_AUTO_TEST_CASE(of_nothing_else) {
  BOOST_TEST(!taken_port("OCI runtime create failed: exec: \"x\": not found").has_value());
  BOOST_TEST(!taken_port("Bind for 0.0.0.0:5432 failed: no such device").has_value());
  BOOST_TEST(!taken_port("Address already in use").has_value());
  BOOST_TEST(!taken_port("Bind for 0.0.0.0:99999 failed: port is already allocated").has_value());
}

BOOST_AUTO_TEST_CASE(the_endpoint_is_nobodys_business) {
  BOOST_TEST(without_endpoint("driver failed programming external connectivity on endpoint "
                              "shop-web-1 (0a1b2c): Bind for 0.0.0.0:80 failed: port is already "
                              "allocated") ==
             "Bind for 0.0.0.0:80 failed: port is already allocated");
  BOOST_TEST(without_endpoint("exec: \"x\": not found") == "exec: \"x\": not found");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
