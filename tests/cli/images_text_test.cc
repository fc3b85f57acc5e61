#include "core/cli/images_text.h"
#include "core/cli/byte_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace consort::cli;
namespace json = boost::json;

namespace {

const char* const answer = R"({"images": [
  {"service": "web", "index": 1, "container": "shop-web-1", "repository": "nginx", "tag": "1.27",
   "platform": "linux/amd64", "id": "sha256:0123456789abcdef0123456789abcdef", "bytes": 187654321,
   "created_ns": 1000000000000000000, "tagged_ns": 0},
  {"service": "db", "index": 1, "container": "shop-db-1", "id": "sha256:0123456789abcdef0123456789abcdef"},
  17]})";

}  // namespace

BOOST_AUTO_TEST_SUITE(images_text)

BOOST_AUTO_TEST_CASE(the_table_is_dockers_ordered_by_container) {
  const auto now = consort::base::WallTime(std::chrono::seconds(1'000'000'000 + 3 * 24 * 3600));
  BOOST_TEST(images_table(read_images(json::parse(answer)), now) ==
             "CONTAINER    REPOSITORY   TAG    PLATFORM      IMAGE ID       SIZE    CREATED\n"
             "shop-db-1                                      0123456789ab   0B      N/A\n"
             "shop-web-1   nginx        1.27   linux/amd64   0123456789ab   188MB   3 days ago\n");
}

BOOST_AUTO_TEST_CASE(an_id_is_shown_once_without_its_kind) {
  const std::vector<std::string> ids{"0123456789abcdef0123456789abcdef"};
  BOOST_TEST(image_ids(read_images(json::parse(answer))) == ids, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(programs_get_composes_members) {
  const auto all = images_json(read_images(json::parse(answer)));
  BOOST_REQUIRE(all.size() == 2u);
  BOOST_TEST(all.at(1).at("ContainerName").as_string() == "shop-web-1");
  BOOST_TEST(all.at(1).at("Created").as_string() == "2001-09-09T01:46:40.000000000Z");
  BOOST_TEST(all.at(1).at("Size").as_int64() == 187654321);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_none_shows_nothing) {
  for (const char* text : {"7", "{}", R"({"images": {}})"}) {
    BOOST_TEST(read_images(json::parse(text)).empty());
  }
}

BOOST_AUTO_TEST_CASE(sizes_are_as_docker_says_them) {
  BOOST_TEST(human_size(0) == "0B");
  BOOST_TEST(human_size(999) == "999B");
  BOOST_TEST(human_size(4268000) == "4.27MB");
  BOOST_TEST(human_size(1'500'000'000) == "1.5GB");
}

BOOST_AUTO_TEST_SUITE_END()
