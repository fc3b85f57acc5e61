#include "plugins/docker/credentials.h"

#include <boost/test/unit_test.hpp>

namespace consort::docker {

BOOST_AUTO_TEST_SUITE(docker_credentials)

BOOST_AUTO_TEST_CASE(an_image_is_of_the_registry_that_its_name_begins_with) {
  const std::string hub = "https://index.docker.io/v1/";
  BOOST_TEST(registry_of("busybox") == hub);
  BOOST_TEST(registry_of("library/busybox:1") == hub);
  BOOST_TEST(registry_of("docker.io/library/busybox") == hub);
  BOOST_TEST(registry_of("ghcr.io/a/b:1") == "ghcr.io");
  BOOST_TEST(registry_of("localhost/a") == "localhost");
  BOOST_TEST(registry_of("localhost:5000/a") == "localhost:5000");
}

BOOST_AUTO_TEST_CASE(base64_is_that_of_urls_one_way_and_of_the_file_the_other) {
  BOOST_TEST(base64_url("") == "");
  BOOST_TEST(base64_url("a") == "YQ==");
  BOOST_TEST(base64_url("ab") == "YWI=");
  BOOST_TEST(base64_url("\xfb\xff\xfe") == "-__-");
  BOOST_TEST(base64_decode("dXNlcjpwYXNz") == "user:pass");
  BOOST_TEST(base64_decode("YQ==") == "a");
  BOOST_TEST(base64_decode("!") == "");
}

BOOST_AUTO_TEST_CASE(proxies_are_the_engines_own_or_the_default_ones) {
  const auto config = boost::json::parse(
      R"({"proxies": {"default": {"httpProxy": "d"}, "tcp://e:1": {"httpsProxy": "s", "ftpProxy": ""}}})");
  const auto text = [&](const boost::json::value& from, const char* engine) {
    return boost::json::serialize(proxy_variables(from, engine));
  };
  BOOST_TEST(text(config, "unix:///s") == R"({"HTTP_PROXY":"d","http_proxy":"d"})");
  BOOST_TEST(text(config, "tcp://e:1") == R"({"HTTPS_PROXY":"s","https_proxy":"s"})");
  BOOST_TEST(text(nullptr, "unix:///s") == "{}");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
