#include "core/cli/status_text.h"

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

using namespace consort::cli;
using namespace consort::model;
using namespace std::chrono_literals;

namespace {

constexpr WallTime now = WallTime(1'000'000s);

ReplicaStatus replica(State state) {
  ReplicaStatus status;
  status.id = {"web", 2};
  status.state = state;
  status.generation = 1;
  return status;
}

ReplicaStatus ended(int code) {
  ReplicaStatus status = replica(State::exited);
  status.last_exit = ExitInfo{};
  status.last_exit->code = code;
  status.last_exit->at = now - 3s;
  return status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(status_text_of)

BOOST_AUTO_TEST_CASE(durations_read_as_dockers_do) {
  BOOST_TEST(human_duration(300ms) == "Less than a second");
  BOOST_TEST(human_duration(1s) == "1 second");
  BOOST_TEST(human_duration(59s) == "59 seconds");
  BOOST_TEST(human_duration(90s) == "About a minute");
  BOOST_TEST(human_duration(5min) == "5 minutes");
  BOOST_TEST(human_duration(1h) == "About an hour");
  BOOST_TEST(human_duration(47h) == "47 hours");
  BOOST_TEST(human_duration(48h) == "2 days");
  BOOST_TEST(human_duration(24h * 20) == "2 weeks");
  BOOST_TEST(human_duration(24h * 90) == "3 months");
  BOOST_TEST(human_duration(24h * 800) == "2 years");
}

BOOST_AUTO_TEST_CASE(what_runs_says_how_long_and_how_healthy) {
  ReplicaStatus status = replica(State::running);
  status.started_at = now - 5min;
  BOOST_TEST(status_text(status, now) == "Up 5 minutes");
  status.health = Health::healthy;
  BOOST_TEST(status_text(status, now) == "Up 5 minutes (healthy)");
  status.health = Health::starting;
  BOOST_TEST(status_text(status, now) == "Up 5 minutes (health: starting)");
}

BOOST_AUTO_TEST_CASE(what_has_ended_says_how_and_when) {
  BOOST_TEST(status_text(ended(1), now) == "Exited (1) 3 seconds ago");
  ReplicaStatus killed = ended(0);
  killed.last_exit->code.reset();
  killed.last_exit->signal = 9;
  BOOST_TEST(status_text(killed, now) == "Exited (137) 3 seconds ago");
  ReplicaStatus nobody_knows = ended(0);
  nobody_knows.last_exit->code.reset();
  BOOST_TEST(status_text(nobody_knows, now) == "Exited (?) 3 seconds ago");
}

BOOST_AUTO_TEST_CASE(what_waits_or_failed_says_why) {
  ReplicaStatus status = replica(State::pending);
  status.reason = "waits for db to be healthy";
  BOOST_TEST(status_text(status, now) == "Waiting for db to be healthy");
  status.reason = "no such file";
  status.state = State::failed;
  BOOST_TEST(status_text(status, now) == "Failed: no such file");
}

BOOST_AUTO_TEST_CASE(ports_are_taken_apart) {
  const PortText published = parse_port("127.0.0.1:8080->80/udp");
  BOOST_TEST(published.address == "127.0.0.1");
  BOOST_TEST(published.published == "8080");
  BOOST_TEST(published.target == "80");
  BOOST_TEST(published.protocol == "udp");
  BOOST_TEST(parse_port("[::1]:8080->80/tcp").address == "[::1]");
  BOOST_TEST(parse_port("8080->80/tcp").address == "0.0.0.0");
  const PortText inside = parse_port("80/tcp");
  BOOST_TEST(inside.published == "");
  BOOST_TEST(inside.target == "80");
}

BOOST_AUTO_TEST_CASE(json_has_composes_members) {
  ReplicaStatus status = ended(7);
  status.ports = {"127.0.0.1:8080->80/tcp"};
  status.runtime = "process";
  const auto object = ps_json(status, "shop", now);
  BOOST_TEST(object.at("Name").as_string() == "web-2");
  BOOST_TEST(object.at("Service").as_string() == "web");
  BOOST_TEST(object.at("Project").as_string() == "shop");
  BOOST_TEST(object.at("State").as_string() == "exited");
  BOOST_TEST(object.at("Health").as_string() == "");
  BOOST_TEST(object.at("ExitCode").to_number<int>() == 7);
  const auto& port = object.at("Publishers").as_array().at(0).as_object();
  BOOST_TEST(port.at("PublishedPort").to_number<int>() == 8080);
  BOOST_TEST(port.at("TargetPort").to_number<int>() == 80);
}

BOOST_AUTO_TEST_CASE(states_have_dockers_names_too) {
  BOOST_TEST(state_is(replica(State::backoff), "restarting"));
  BOOST_TEST(state_is(replica(State::backoff), "backoff"));
  BOOST_TEST(state_is(replica(State::stopped), "exited"));
  BOOST_TEST(!state_is(replica(State::running), "exited"));
  auto created = replica(State::stopped);
  created.generation = 0;
  BOOST_TEST(status_text(created, now) == "Created");
  BOOST_TEST((state_is(created, "created") && !state_is(created, "exited")));
  auto paused = replica(State::running);
  paused.paused = true;
  paused.started_at = now - 5s;
  BOOST_TEST(status_text(paused, now) == "Up 5 seconds (Paused)");
  BOOST_TEST((state_is(paused, "paused") && !state_is(paused, "running")));
  BOOST_TEST(is_state_name("created"));
  BOOST_TEST(!is_state_name("asleep"));
}

BOOST_AUTO_TEST_SUITE_END()
