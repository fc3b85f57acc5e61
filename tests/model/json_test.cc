#include "core/model/json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/model/samples.h"

using namespace consort::model;
namespace json = boost::json;
namespace test = consort::test;

namespace {

// Through text, as on the wire.
json::value through_text(const json::object& object) {
  return json::parse(json::serialize(object));
}

// No member may be lost on the way there, and none on the way back.
template <class Read>
void check_round_trip(const json::object& object, Read read) {
  const auto back = read(through_text(object));
  BOOST_REQUIRE_MESSAGE(back, back.error().message());
  BOOST_TEST(json::serialize(to_json(*back)) == json::serialize(object));
}

std::string project_error(std::string_view text) {
  const auto read = project_from_json(json::parse(json::string_view(text.data(), text.size())));
  return read ? "no error" : read.error().message();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_form)

BOOST_AUTO_TEST_CASE(a_project_comes_back_whole) {
  check_round_trip(to_json(test::full_project()), project_from_json);
}

BOOST_AUTO_TEST_CASE(every_field_of_a_service_comes_back) {
  const auto project = project_from_json(through_text(to_json(test::full_project())));
  BOOST_REQUIRE(project);
  const Service s = project->services.at("web");
  const Service want = test::full_service();
  BOOST_TEST(s.name == want.name);
  BOOST_TEST(s.runtime == want.runtime);
  BOOST_TEST(s.replicas == want.replicas);
  BOOST_TEST(s.profiles == want.profiles, boost::test_tools::per_element());
  const Dependency& db = s.depends_on.at("db");
  BOOST_TEST((db.condition == Condition::healthy));
  BOOST_TEST(!db.required);
  BOOST_TEST(db.restart);
  BOOST_TEST((db.where == test::place(10)));
  BOOST_REQUIRE(s.healthcheck);
  BOOST_TEST(std::get<HttpProbe>(s.healthcheck->check).url == "https://localhost:80/");
  BOOST_TEST(std::get<HttpProbe>(s.healthcheck->check).status == 204);
  BOOST_TEST(std::get<HttpProbe>(s.healthcheck->check).insecure);
  BOOST_TEST((s.healthcheck->interval == std::chrono::seconds(1)));
  BOOST_TEST((s.healthcheck->timeout == std::chrono::seconds(2)));
  BOOST_TEST((s.healthcheck->start_period == std::chrono::seconds(3)));
  BOOST_TEST((s.healthcheck->start_interval == std::chrono::seconds(4)));
  BOOST_TEST(s.healthcheck->retries == 5);
  BOOST_TEST((s.healthcheck->where == test::place(12)));
  BOOST_TEST((s.restart.condition == RestartCondition::unless_stopped));
  BOOST_TEST((s.restart.max_attempts == 7u));
  BOOST_TEST((s.restart.delay == want.restart.delay));
  BOOST_TEST(!s.restart.backoff);
  BOOST_TEST((s.restart.max_delay == want.restart.max_delay));
  BOOST_TEST((s.restart.window == want.restart.window));
  BOOST_TEST((s.stop_signal == want.stop_signal));
  BOOST_TEST((s.stop_grace_period == want.stop_grace_period));
  BOOST_TEST(s.argv == want.argv, boost::test_tools::per_element());
  BOOST_TEST((s.environment == want.environment));
  BOOST_TEST(s.working_dir == want.working_dir);
  BOOST_TEST(s.stdin_open);
  BOOST_TEST(s.tty);
  BOOST_REQUIRE(s.ports.size() == 1u);
  BOOST_TEST(s.ports[0].host_ip == "127.0.0.1");
  BOOST_TEST(s.ports[0].published == 8080);
  BOOST_TEST(s.ports[0].target == 80);
  BOOST_TEST(s.ports[0].protocol == "udp");
  BOOST_TEST((s.ports[0].where == test::place(13)));
  BOOST_TEST((s.spec == want.spec));
  BOOST_TEST((s.where == want.where));
  BOOST_TEST((s.runtime_where == want.runtime_where));
  BOOST_TEST((s.key_where == want.key_where));
}

BOOST_AUTO_TEST_CASE(every_field_of_a_project_comes_back) {
  const auto p = project_from_json(through_text(to_json(test::full_project())));
  const Project want = test::full_project();
  BOOST_REQUIRE(p);
  BOOST_TEST(p->name == want.name);
  BOOST_TEST(p->directory == want.directory);
  BOOST_TEST(p->files == want.files, boost::test_tools::per_element());
  BOOST_TEST(p->disabled == want.disabled, boost::test_tools::per_element());
  BOOST_TEST(p->warnings == want.warnings, boost::test_tools::per_element());
  BOOST_TEST((p->host_environment == want.host_environment));
  BOOST_TEST(json::serialize(p->resources) == json::serialize(want.resources));
  BOOST_TEST((p->runtime_settings == want.runtime_settings));
  BOOST_TEST((p->logs == want.logs));
}

BOOST_AUTO_TEST_CASE(the_other_probes_come_back) {
  for (const auto& check : {decltype(Probe::check)(ExecProbe{{"/bin/sh", "-c", "true"}}),
                            decltype(Probe::check)(TcpProbe{"::1", 65535})}) {
    Project project;
    project.services["a"].healthcheck = Probe{.check = check, .where = {}};
    check_round_trip(to_json(project), project_from_json);
    const auto back = project_from_json(to_json(project));
    BOOST_TEST(back->services.at("a").healthcheck->check.index() == check.index());
  }
}

BOOST_AUTO_TEST_CASE(every_field_of_a_status_comes_back) {
  const auto s = status_from_json(through_text(to_json(test::full_status())));
  const ReplicaStatus want = test::full_status();
  BOOST_REQUIRE(s);
  BOOST_TEST((s->id == want.id));
  BOOST_TEST(s->instance == want.instance);
  BOOST_TEST(s->runtime == want.runtime);
  BOOST_TEST((s->state == want.state));
  BOOST_TEST((s->health == want.health));
  BOOST_TEST(s->generation == want.generation);
  BOOST_TEST(s->restarts == want.restarts);
  BOOST_TEST(s->reason == want.reason);
  BOOST_REQUIRE(s->last_exit);
  BOOST_TEST(!s->last_exit->code);
  BOOST_TEST((s->last_exit->signal == 9));
  BOOST_TEST(s->last_exit->oom);
  BOOST_TEST(s->last_exit->leftovers);
  BOOST_TEST(s->last_exit->cause == "memory limit");
  BOOST_TEST((s->last_exit->at == want.last_exit->at));
  BOOST_TEST(s->pid == want.pid);
  BOOST_TEST((s->started_at == want.started_at));
  BOOST_TEST(s->command == want.command);
  BOOST_TEST(s->ports == want.ports, boost::test_tools::per_element());
  BOOST_TEST(s->one_off);
}

BOOST_AUTO_TEST_CASE(an_event_comes_back_with_and_without_a_status) {
  check_round_trip(to_json(test::full_event()), event_from_json);
  check_round_trip(to_json(Event{}), event_from_json);
  BOOST_TEST(event_from_json(through_text(to_json(test::full_event())))->sequence ==
             18'446'744'073'709'551'615ull);
}

BOOST_AUTO_TEST_CASE(unknown_members_of_a_newer_peer_are_ignored) {
  json::object object = to_json(test::full_project());
  object["new"] = {{"deep", 1}};
  object["services"].as_object()["web"].as_object()["newer"] = true;
  const auto read = project_from_json(object);
  BOOST_REQUIRE(read);
  BOOST_TEST(json::serialize(to_json(*read)) == json::serialize(to_json(test::full_project())));
}

BOOST_AUTO_TEST_CASE(missing_and_null_members_take_the_default) {
  const auto read = project_from_json(
      json::parse(R"({"name":"p","services":{"a":{"replicas":null,"restart":{"delay":"1s"}}}})"));
  BOOST_REQUIRE(read);
  const Service& service = read->services.at("a");
  BOOST_TEST(service.replicas == 1u);
  BOOST_TEST((service.stop_grace_period == std::chrono::seconds(10)));
  BOOST_TEST((service.restart.delay == std::chrono::seconds(1)));
  BOOST_TEST((service.restart.max_delay == std::chrono::minutes(1)));
  BOOST_TEST(!service.healthcheck);
  BOOST_TEST(event_from_json(json::object{}).has_value());
}

BOOST_AUTO_TEST_CASE(a_state_of_a_newer_peer_is_unknown) {
  const auto read = status_from_json(json::parse(R"({"state":"hibernating"})"));
  BOOST_REQUIRE(read);
  BOOST_TEST((read->state == State::unknown));
}

BOOST_AUTO_TEST_CASE(a_member_of_the_wrong_type_is_named_with_its_path) {
  BOOST_TEST(project_error(R"({"services":{"a":{"argv":["x",1]}}})") ==
             "cannot read the project: cannot read services.a.argv.1: it is not a string");
  BOOST_TEST(project_error(R"({"services":{"a":{"ports":[{"target":65536}]}}})") ==
             "cannot read the project: cannot read services.a.ports.0.target: "
             "it is not a whole number of 0 to 65535");
  BOOST_TEST(project_error(R"({"services":{"a":{"stop_grace_period":10}}})") ==
             "cannot read the project: cannot read services.a.stop_grace_period: "
             "it is not a duration");
  BOOST_TEST(project_error(R"({"services":[]})") ==
             "cannot read the project: cannot read services: it is not an object");
  BOOST_TEST(project_error("7") ==
             "cannot read the project: cannot read the value: it is not an object");
}

BOOST_AUTO_TEST_CASE(a_health_check_of_an_unknown_kind_is_refused) {
  BOOST_TEST(project_error(R"({"services":{"a":{"healthcheck":{"grpc":{}}}}})") ==
             "cannot read the project: cannot read services.a.healthcheck: "
             "it is not a known kind of health check");
}

BOOST_AUTO_TEST_CASE(a_zero_byte_would_cut_what_is_run) {
  const auto refused = [](std::string_view member) {
    return project_error("{\"services\":{\"a\":{" + std::string(member) + "}}}");
  };
  BOOST_TEST(refused(R"("argv":["a","b\u0000c"])") ==
             "cannot read the project: cannot read services.a.argv: "
             "it is not a text without zero bytes");
  BOOST_TEST(refused(R"("environment":{"A":"b\u0000c"})").find("services.a.environment") !=
             std::string::npos);
  BOOST_TEST(refused(R"("environment":{"A\u0000":"b"})").find("services.a.environment") !=
             std::string::npos);
  BOOST_TEST(refused(R"("working_dir":"/a\u0000")").find("services.a.working_dir") !=
             std::string::npos);
  BOOST_TEST(refused(R"("healthcheck":{"exec":{"argv":["a\u0000"]}})").find("services.a.health") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
