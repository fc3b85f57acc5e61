#include "plugins/docker/progress.h"

#include <boost/test/unit_test.hpp>

namespace consort::docker {
namespace {

struct Heard {
  std::vector<std::string> told;
  ProgressReader reader{"web: pulling a:1",
                        [this](const std::string& text) { told.push_back(text); }};
};

std::string downloading(const char* id, int current, int total) {
  return json::serialize(json::object{
             {"status", "Downloading"},
             {"id", id},
             {"progressDetail", json::object{{"current", current}, {"total", total}}}}) +
         "\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(docker_progress)

BOOST_AUTO_TEST_CASE(the_percentage_is_of_all_layers_and_told_when_it_grows) {
  Heard heard;
  heard.reader.put(downloading("a", 10, 100));
  heard.reader.put(downloading("a", 10, 100));
  heard.reader.put(downloading("b", 0, 100));  // a new layer makes it less: not told
  heard.reader.put(downloading("b", 90, 100));
  const std::vector<std::string> expected{"web: pulling a:1 10 %", "web: pulling a:1 50 %"};
  BOOST_TEST(heard.told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_message_may_come_in_pieces) {
  Heard heard;
  const std::string text = downloading("a", 50, 100);
  for (const char c : text) heard.reader.put({&c, 1});
  BOOST_TEST(heard.told.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_failure_of_a_build_comes_with_the_output_of_its_step) {
  Heard heard;
  heard.reader.put(
      "{\"stream\":\"Step 1/2 : FROM a\\n\"}\n{\"stream\":\" ---> 1\\n\"}\n"
      "{\"stream\":\"Step 2/2 : RUN make\\n\"}\n{\"stream\":\"\\u001b[91mno rule\\n\"}\n"
      "{\"stream\":\"\\u001b[0m\"}\n"
      "{\"error\":\"returned 2\",\"errorDetail\":{\"code\":2}}\n");
  BOOST_TEST(heard.reader.failure() == "returned 2\n  Step 2/2 : RUN make\n  no rule");
}

BOOST_AUTO_TEST_CASE(the_built_image_is_known) {
  Heard heard;
  heard.reader.put("{\"aux\":{\"ID\":\"sha256:12\"}}\n");
  BOOST_TEST(heard.reader.image() == "sha256:12");
  BOOST_TEST(heard.reader.failure() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace consort::docker
