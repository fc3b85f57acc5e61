#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <set>

#include "core/api/routes.h"

using namespace consort::api;

namespace {

Request request_for(std::string method, std::string_view target) {
  Request request;
  request.method = std::move(method);
  BOOST_REQUIRE(parse_target(target, request));
  return request;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(routing)

BOOST_AUTO_TEST_CASE(every_row_of_the_table_is_found_and_none_is_there_twice) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& route : routes()) {
    BOOST_TEST(seen.emplace(route.method, route.path).second);
    const auto found = find_route(request_for(std::string(route.method), route.path));
    BOOST_REQUIRE(std::holds_alternative<const Route*>(found));
    BOOST_TEST(std::get<const Route*>(found) == &route);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_path_is_not_found) {
  for (const char* target : {"/", "/v2/up", "/v1/up/", "/v1/../v1/up", "/V1/up"}) {
    const auto found = find_route(request_for("GET", target));
    BOOST_REQUIRE(std::holds_alternative<Reply>(found));
    BOOST_TEST(std::get<Reply>(found).status == 404);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_method_names_the_right_one) {
  const auto found = find_route(request_for("GET", "/v1/up"));
  BOOST_REQUIRE(std::holds_alternative<Reply>(found));
  BOOST_TEST(std::get<Reply>(found).status == 405);
  BOOST_TEST(std::get<Reply>(found).allow == "POST");
}

BOOST_AUTO_TEST_CASE(targets_are_decoded) {
  const auto request =
      request_for("GET", "/v1/logs?services=a%2Cb,c&since=2026-01-01T00:00:00+02:00&x");
  BOOST_TEST(request.path == "/v1/logs");
  BOOST_TEST(request.query.at("services") == "a,b,c");
  BOOST_TEST(request.query.at("since") == "2026-01-01T00:00:00+02:00");
  BOOST_TEST(request.query.at("x") == "");
}

BOOST_AUTO_TEST_CASE(malformed_targets_are_refused) {
  for (const char* target : {"", "v1", "http://x/v1", "/%", "/%4", "/%zz", "/%00", "/a?b=%"}) {
    Request request;
    BOOST_TEST(!parse_target(target, request), target);
  }
}

BOOST_AUTO_TEST_SUITE_END()
