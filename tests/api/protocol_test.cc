#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "core/api/protocol.h"

namespace json = boost::json;
using namespace consort;
using namespace consort::api;

BOOST_AUTO_TEST_SUITE(protocol)

BOOST_AUTO_TEST_CASE(an_up_request_comes_back_as_it_was) {
  UpRequest request;
  request.project.name = "shop";
  request.project.services["web"].name = "web";
  request.services = {"web"};
  request.no_deps = request.remove_orphans = true;
  request.recreate_deps = request.renew_anon_volumes = true;
  request.scale = {{"web", 3}};
  request.wait = "ready";
  request.wait_timeout_ms = 1500;
  const auto read = up_from_json(to_json(request));
  BOOST_REQUIRE(read);
  BOOST_TEST(json::serialize(to_json(*read)) == json::serialize(to_json(request)));
  BOOST_TEST(read->scale.at("web") == 3u);
  BOOST_TEST(*read->wait_timeout_ms == 1500);
  BOOST_TEST(!read->stop_timeout_ms.has_value());
}

BOOST_AUTO_TEST_CASE(requests_for_services_come_back_as_they_were) {
  const ServicesRequest request{{"a", "b"}, 2, 10, "SIGHUP", true, true, true, "started"};
  const auto read = services_from_json(to_json(request));
  BOOST_REQUIRE(read);
  BOOST_TEST(json::serialize(to_json(*read)) == json::serialize(to_json(request)));
}

BOOST_AUTO_TEST_CASE(an_exec_request_comes_back_as_it_was) {
  ExecRequest request;
  request.service = "web";
  request.argv = {"sh", "-c", "echo \"a b\""};
  request.environment = {"A=1"};
  request.tty = request.privileged = true;
  request.rows = 24;
  request.columns = 80;
  const auto read = exec_from_json(to_json(request));
  BOOST_REQUIRE(read);
  BOOST_TEST(json::serialize(to_json(*read)) == json::serialize(to_json(request)));
}

BOOST_AUTO_TEST_CASE(an_attach_request_comes_back_as_it_was) {
  const AttachRequest request{"web", 2, false};
  const auto read = attach_from_json(to_json(request));
  BOOST_REQUIRE(read);
  BOOST_TEST(json::serialize(to_json(*read)) == json::serialize(to_json(request)));
  BOOST_TEST(!attach_from_json(json::object{}));
}

BOOST_AUTO_TEST_CASE(a_run_request_comes_back_as_it_was) {
  RunRequest request;
  request.project.name = "shop";
  request.service = "job";
  request.argv = {"true"};
  request.remove = request.detach = request.publish = true;
  request.pull = request.build = "always";
  const auto read = run_from_json(to_json(request));
  BOOST_REQUIRE(read);
  BOOST_TEST(json::serialize(to_json(*read)) == json::serialize(to_json(request)));
}

BOOST_AUTO_TEST_CASE(a_request_for_images_comes_back_as_it_was) {
  ImagesRequest request;
  request.project.name = "shop";
  request.services = {"web"};
  request.policy = "missing";
  request.arguments = {{"VERSION", "1=2"}};
  request.no_cache = request.pull = true;
  auto form = to_json(request);
  const auto read = images_from_json(form);
  BOOST_REQUIRE(read);
  BOOST_TEST(json::serialize(to_json(*read)) == json::serialize(form));
  form["policy"] = "sometimes";
  BOOST_TEST(images_from_json(form).error().message() ==
             "cannot read the request: policy is not always or missing");
}

BOOST_AUTO_TEST_CASE(a_copy_request_comes_back_as_it_was) {
  const CopyRequest request{"web", 2, "/etc", true};
  const auto read = copy_from_json(to_json(request));
  BOOST_REQUIRE(read);
  BOOST_TEST(json::serialize(to_json(*read)) == json::serialize(to_json(request)));
  const auto relative = copy_from_json(to_json(CopyRequest{"web", 1, "etc", false}));
  BOOST_TEST(relative.error().message() == "cannot read the request: path is not absolute");
}

BOOST_AUTO_TEST_CASE(an_outcome_comes_back_as_it_was) {
  OutcomeReply outcome;
  outcome.actions.push_back({"create", "web", "new", 2});
  outcome.failures.push_back({"db", "cannot start db-1: no", 1});
  const auto read = outcome_from_json(to_json(outcome));
  BOOST_REQUIRE(read);
  BOOST_TEST(json::serialize(to_json(*read)) == json::serialize(to_json(outcome)));
}

BOOST_AUTO_TEST_CASE(members_of_a_newer_peer_are_ignored_and_missing_ones_default) {
  const auto read = services_from_json(json::parse(R"({"services":["a"],"novel":{"x":1}})"));
  BOOST_REQUIRE(read);
  BOOST_TEST(read->wait == "none");
  BOOST_TEST(read->index == 0u);
}

BOOST_AUTO_TEST_CASE(a_member_of_the_wrong_type_is_named) {
  const auto wrong = [](const char* text) {
    const auto read = services_from_json(json::parse(text));
    return read ? std::string("accepted") : read.error().message();
  };
  BOOST_TEST(wrong(R"({"services":["a",7]})") ==
             "cannot read the request: services.1 is not a string");
  BOOST_TEST(wrong(R"({"index":-1})") ==
             "cannot read the request: index is not a whole number of 0 to 4294967295");
  BOOST_TEST(wrong(R"({"no_deps":"yes"})") ==
             "cannot read the request: no_deps is not true or false");
  BOOST_TEST(wrong("[]") == "cannot read the request: it is not an object");
}

BOOST_AUTO_TEST_CASE(a_request_without_its_project_is_refused) {
  const auto read = up_from_json(json::parse(R"({"services":[]})"));
  BOOST_REQUIRE(!read);
  BOOST_TEST(read.error().message() == "cannot read the request: project is missing");
}

BOOST_AUTO_TEST_CASE(every_kind_of_error_comes_back_as_it_was) {
  using base::ErrorKind;
  for (const auto kind :
       {ErrorKind::failed, ErrorKind::invalid, ErrorKind::not_found, ErrorKind::conflict,
        ErrorKind::unavailable, ErrorKind::denied, ErrorKind::unsupported, ErrorKind::cancelled}) {
    const auto back = to_error(to_reply(base::Error(kind, "cannot do it: no")));
    BOOST_TEST(static_cast<int>(back.kind()) == static_cast<int>(kind));
    BOOST_TEST(back.message() == "cannot do it: no");
  }
  BOOST_TEST(static_cast<int>(to_error({"novel", "x"}).kind()) ==
             static_cast<int>(ErrorKind::failed));
}

BOOST_AUTO_TEST_CASE(a_zero_byte_would_cut_the_command_of_an_exec) {
  const auto read = exec_from_json(json::parse(R"({"service":"a","argv":["a\u0000b"]})"));
  BOOST_REQUIRE(!read);
  BOOST_TEST(read.error().message() ==
             "cannot read the request: argv is not a text without zero bytes");
}

BOOST_AUTO_TEST_SUITE_END()
