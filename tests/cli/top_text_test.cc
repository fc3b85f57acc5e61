#include "core/cli/top_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace consort::cli;
namespace json = boost::json;

namespace {

const char* const answer = R"({"top": [
  {"service": "db", "index": 1, "titles": ["PID", "CMD"], "processes": [["7", "postgres"], ["8", "writer"]]},
  {"service": "web", "index": 2, "titles": ["PID", "TTY"], "processes": [["9", "pts/0"]]},
  {"service": "far", "index": 1, "problem": "runtime remote does not show processes"}, 5]})";

}  // namespace

BOOST_AUTO_TEST_SUITE(top_text)

BOOST_AUTO_TEST_CASE(columns_of_all_runtimes_stand_side_by_side) {
  BOOST_TEST(top_table(read_top(json::parse(answer))) ==
             "SERVICE   #   PID   CMD        TTY\n"
             "db        1   7     postgres   -\n"
             "db        1   8     writer     -\n"
             "web       2   9     -          pts/0\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_a_problem) {
  const auto top = read_top(json::parse(answer));
  BOOST_REQUIRE(top.problems.size() == 1u);
  BOOST_TEST(top.problems[0] == "far-1: runtime remote does not show processes");
}

BOOST_AUTO_TEST_CASE(programs_get_an_object_for_each_process) {
  BOOST_TEST(json::serialize(top_json(read_top(json::parse(answer))).at(2)) ==
             R"({"Service":"web","Index":2,"PID":"9","TTY":"pts/0"})");
  BOOST_TEST(top_json(read_top(json::parse("{}"))).empty());
}

BOOST_AUTO_TEST_SUITE_END()
