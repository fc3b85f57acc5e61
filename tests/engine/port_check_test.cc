#include "core/engine/port_check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "core/base/file.h"

using namespace consort;
using engine::port_problem;

namespace {

// A listening (or, for UDP, bound) socket on 127.0.0.1 and its port.
struct Holder {
  explicit Holder(int kind) : fd(::socket(AF_INET, kind, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    BOOST_REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    if (kind == SOCK_STREAM) BOOST_REQUIRE(::listen(fd.get(), 1) == 0);
    BOOST_REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port.published = ntohs(address.sin_port);
    port.host_ip = "127.0.0.1";
    if (kind == SOCK_DGRAM) port.protocol = "udp";
  }
  base::Fd fd;
  model::PublishedPort port;
};

std::string me() { return " (pid " + std::to_string(::getpid()) + ")"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(port_check)

BOOST_AUTO_TEST_CASE(a_taken_port_is_a_problem_that_names_the_holder) {
  const Holder holder(SOCK_STREAM);
  const auto problem = port_problem(holder.port);
  BOOST_REQUIRE(problem.has_value());
  BOOST_TEST(
      problem->starts_with("port " + std::to_string(holder.port.published) + " is in use by "));
  BOOST_TEST(problem->ends_with(me()));
}

BOOST_AUTO_TEST_CASE(every_address_includes_the_loopback) {
  Holder holder(SOCK_STREAM);
  holder.port.host_ip = "";
  BOOST_TEST(port_problem(holder.port).has_value());
}

BOOST_AUTO_TEST_CASE(a_free_port_is_none) {
  Holder holder(SOCK_STREAM);
  holder.fd.reset();
  BOOST_TEST(!port_problem(holder.port).has_value());
}

BOOST_AUTO_TEST_CASE(udp_and_tcp_are_apart) {
  Holder holder(SOCK_DGRAM);
  const auto problem = port_problem(holder.port);
  BOOST_REQUIRE(problem.has_value());
  BOOST_TEST(problem->find("/udp is in use by ") != std::string::npos);
  BOOST_TEST(problem->ends_with(me()));
}

BOOST_AUTO_TEST_CASE(an_address_of_another_machine_is_a_problem) {
  model::PublishedPort port;
  port.published = 8080;
  port.host_ip = "192.0.2.1";
  BOOST_TEST(*port_problem(port) ==
             "port 8080 cannot be used: this machine has no address 192.0.2.1");
  port.host_ip = "nowhere";
  BOOST_TEST(*port_problem(port) == "port 8080 cannot be used: nowhere is not an address");
}

BOOST_AUTO_TEST_CASE(a_port_that_the_runtime_chooses_is_no_problem) {
  BOOST_TEST(!port_problem(model::PublishedPort{}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
