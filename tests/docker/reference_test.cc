#include "plugins/docker/reference.h"

#include <boost/test/unit_test.hpp>

namespace consort::docker {

BOOST_AUTO_TEST_SUITE(docker_reference)

BOOST_AUTO_TEST_CASE(what_names_an_image) {
  const std::string hex(64, 'a');
  for (const auto& image :
       {std::string("busybox"), std::string("busybox:1.36"), std::string("a.b_c__d---e/f:T_x-1.2"),
        std::string("Registry.Example:5000/team/app"), std::string("[fd00::1]:5000/app:1"),
        "app@sha256:" + hex, "host/app:1@sha256:" + hex, "sha256:" + hex, hex,
        std::string(255, 'a')}) {
    BOOST_TEST(is_reference(image), image);
  }
}

BOOST_AUTO_TEST_CASE(what_does_not) {
  for (const auto& image :
       {std::string(), std::string("BAD//::x"), std::string("Busybox"), std::string("app:"),
        std::string("app:-1"), std::string("app@sha256:12"), std::string("a b"), std::string("a?b"),
        std::string("a/../b"), std::string("/app"), std::string("app/"), std::string("app:1\n"),
        std::string(256, 'a'), std::string("a:") + std::string(129, 'b'),
        std::string("https://host/app")}) {
    BOOST_TEST(!is_reference(image), image);
  }
}

BOOST_AUTO_TEST_CASE(a_port_is_no_tag) {
  BOOST_TEST(split_reference("host:5000/app").second == "latest");
  BOOST_TEST(split_reference("host:5000/app:1").first == "host:5000/app");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
