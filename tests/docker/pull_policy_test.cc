#include "plugins/docker/pull_policy.h"

#include <consort/values.hpp>

#include <boost/test/unit_test.hpp>

namespace consort::docker {
namespace {

using When = ImageWish::When;

When wish(const char* spec, const char* options = "{}") {
  return wish_of(json::parse(spec), json::parse(options)).when;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(docker_pull_policy)

BOOST_AUTO_TEST_CASE(intervals_have_units) {
  using namespace std::chrono_literals;
  BOOST_TEST((interval_of("daily") == 24h));
  BOOST_TEST((interval_of("weekly") == 168h));
  BOOST_TEST((interval_of("every_1w2d3h4m5s") == 168h + 48h + 3h + 4min + 5s));
  for (const char* none : {"always", "every_", "every_5", "every_h", "every_5x", "every_-1h"}) {
    BOOST_TEST(!interval_of(none).has_value());
  }
}

BOOST_AUTO_TEST_CASE(the_option_counts_before_the_file) {
  BOOST_TEST((wish(R"({"image": "a"})") == When::missing));
  BOOST_TEST((wish(R"({"image": "a", "pull_policy": "always"})") == When::always));
  BOOST_TEST((wish(R"({"image": "a", "pull_policy": "if_not_present"})") == When::missing));
  BOOST_TEST(
      (wish(R"({"image": "a", "pull_policy": "always"})", R"({"pull": "never"})") == When::never));
  BOOST_TEST((wish(R"({"image": "a", "pull_policy": "every_2h"})") == When::aged));
  BOOST_CHECK_THROW(wish(R"({"image": "a", "pull_policy": "every_moment"})"), Error);
}

BOOST_AUTO_TEST_CASE(what_is_built_is_not_pulled) {
  BOOST_TEST((wish(R"({"build": {}, "pull_policy": "always"})") == When::missing));
  BOOST_TEST((wish(R"({"build": {}, "pull_policy": "build"})") == When::build));
  BOOST_TEST((wish(R"({"build": {}})", R"({"build": true})") == When::build));
  BOOST_TEST((wish(R"({"build": {}})", R"({"build": false})") == When::never));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
