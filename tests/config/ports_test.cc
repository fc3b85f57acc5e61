// Rules 18 to 20: ports.
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort::config::test;

namespace {

// "[ip:]published:target/protocol" of each port.
std::string ports(const std::string& list) {
  Stack stack("services:\n  a:\n    image: i\n    ports: " + list + "\n");
  std::string all;
  for (const auto& port : stack.service("a").ports) {
    if (!port.host_ip.empty()) all += port.host_ip + " ";
    all += std::to_string(port.published) + ":" + std::to_string(port.target) + "/" +
           port.protocol + ";";
  }
  return all;
}

std::string spec_of(const std::string& list) {
  Stack stack("services:\n  a:\n    image: i\n    ports: " + list + "\n");
  return spec(stack.service("a"), "ports");
}

std::string error(const std::string& list) {
  Stack stack("services:\n  a:\n    image: i\n    ports: " + list + "\n");
  return stack.errors();
}

constexpr const char* accepted =
    " (accepted: [IP:]HOST:PORT, PORT, ranges such as 8000-8010:8000-8010, each with /tcp, /udp or "
    "/sctp)";

}  // namespace

BOOST_AUTO_TEST_SUITE(ports_)

// rule 18: ranges of ports are pairs, or chosen from for one port
BOOST_AUTO_TEST_CASE(rule_18_one_and_pairs) {
  BOOST_TEST(ports("['8080:80', '127.0.0.1:81:81', 3000]") ==
             "8080:80/tcp;127.0.0.1 81:81/tcp;0:3000/tcp;");
  BOOST_TEST(ports("['9090-9091:8080-8081']") == "9090:8080/tcp;9091:8081/tcp;");
  BOOST_TEST(ports("['3000-3001']") == "0:3000/tcp;0:3001/tcp;");
  BOOST_TEST(ports("['127.0.0.1::80']") == "127.0.0.1 0:80/tcp;");
}

BOOST_AUTO_TEST_CASE(rule_18_a_range_for_one_port_is_chosen_from) {
  BOOST_TEST(ports("['8000-9000:80']") == "0:80/tcp;");
  BOOST_TEST(spec_of("['8000-9000:80']") ==
             R"([{"mode":"ingress","target":80,"published":"8000-9000","protocol":"tcp"}])");
}

BOOST_AUTO_TEST_CASE(rule_18_unequal_ranges) {
  BOOST_TEST(
      error("['8000-8002:80-81']") ==
      "consort.yaml:4:13: cannot read services.a.ports[0]: \"8000-8002:80-81\" is not a port: "
      "the ranges have 3 and 2 ports, they must have the same number" +
          std::string(accepted));
}

// rule 19: IPv6 with and without brackets; tcp, udp and sctp in any case
BOOST_AUTO_TEST_CASE(rule_19_ipv6_and_protocols) {
  BOOST_TEST(ports("['::1:6000:6000', '[::1]:6001:6001']") ==
             "::1 6000:6000/tcp;::1 6001:6001/tcp;");
  BOOST_TEST(ports("['53:53/UDP', '54:54/sctp']") == "53:53/udp;54:54/sctp;");
}

// rule 20: 22:22 is a text, not a number of base 60
BOOST_AUTO_TEST_CASE(rule_20_unquoted_pairs_stay_text) {
  BOOST_TEST(ports("[22:22]") == "22:22/tcp;");
}

BOOST_AUTO_TEST_CASE(the_long_form) {
  BOOST_TEST(ports("[{target: 80, published: 8080, host_ip: 127.0.0.1, protocol: udp}]") ==
             "127.0.0.1 8080:80/udp;");
  BOOST_TEST(spec_of("[{target: 80, published: 8080, mode: host, name: web}]") ==
             R"([{"target":80,"published":"8080","mode":"host","name":"web","protocol":"tcp"}])");
}

BOOST_AUTO_TEST_CASE(equal_ports_count_once) {
  BOOST_TEST(ports("['80:80', {target: 80, published: '80'}]") == "80:80/tcp;");
}

BOOST_AUTO_TEST_CASE(bad_ports) {
  BOOST_TEST(error("[http]") ==
             "consort.yaml:4:13: cannot read services.a.ports[0]: \"http\" is not a port" +
                 std::string(accepted));
  BOOST_TEST(error("['80:80/icmp']") ==
             "consort.yaml:4:13: cannot read services.a.ports[0]: \"80:80/icmp\" is not a port: "
             "\"icmp\" is no protocol" +
                 std::string(accepted));
  BOOST_TEST(error("['0:70000']") ==
             "consort.yaml:4:13: cannot read services.a.ports[0]: \"0:70000\" is not a port: "
             "\"70000\" is out of range" +
                 std::string(accepted));
  BOOST_TEST(error("[{published: 80}]") ==
             "consort.yaml:4:13: cannot read services.a.ports[0]: target is missing (accepted: "
             "1 to 65535)");
  BOOST_TEST(error("[{target: 80, publishd: 80}]") ==
             "consort.yaml:4:26: cannot read services.a.ports[0]: unknown key \"publishd\" (did "
             "you mean \"published\"?)");
  BOOST_TEST(error("80:80") ==
             "consort.yaml:4:12: cannot read services.a.ports: \"80:80\" is not "
             "a list of ports" +
                 std::string(accepted));
}

BOOST_AUTO_TEST_SUITE_END()
