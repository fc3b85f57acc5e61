#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "core/engine/strays.h"
#include "tests/fakes/world.h"

using namespace consort;
using namespace consort::fakes;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;
using engine::Wait;
using runtime::Attached;
using runtime::Presence;

namespace {

Attached ended(int code) {
  Attached attached;
  attached.presence = Presence::exited;
  attached.exit = exit_code(code);
  return attached;
}

// Runs `file` and then loses its supervisor.
void lose(World& world, const model::Project& file) {
  world.up(file);
  world.replace_supervisor();
  world.driver.take_calls();
  world.events.all.clear();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(restore)

BOOST_AUTO_TEST_CASE(what_runs_is_adopted_and_not_started_again) {
  World world;
  const auto file = project({service("web", {"db"}), service("db")});
  lose(world, file);
  const auto instance = world.driver.instance("web-1");
  BOOST_REQUIRE(world.restore());
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.state("db-1") == "running");
  BOOST_TEST(world.status("web-1").instance == instance);
  BOOST_TEST(world.status("web-1").pid == 2000);
  BOOST_TEST(world.driver.count("start web-1") == 0u);
  BOOST_TEST(world.supervisor->project()->name == "demo");
  world.driver.take_calls();
  world.up(file);
  BOOST_TEST(world.driver.calls().empty());
}

BOOST_AUTO_TEST_CASE(what_a_lost_record_forgot_ends_before_it_is_started_again) {
  World world;
  const auto file = project({service("web"), service("db")});
  lose(world, file);
  const auto forgotten = world.driver.instance("web-1");
  world.journal.replicas.clear();
  world.journal.project.reset();
  world.supervisor->suspect({"process"}, true);
  BOOST_TEST(world.supervisor->suspects());
  world.up(file);
  BOOST_TEST(world.driver.count("remove web-1") == 1u);
  const auto calls = world.driver.calls();
  BOOST_TEST(std::ranges::count_if(
                 calls, [](const auto& one) { return one.starts_with("stop web-1 "); }) == 1);
  const auto at = [&](const std::string& call) {
    return std::ranges::find_if(calls, [&](const auto& one) { return one.starts_with(call); });
  };
  BOOST_TEST((at("remove web-1") < at("start web-1")));
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.status("web-1").instance != forgotten);
  BOOST_TEST(!world.supervisor->suspects());
}

BOOST_AUTO_TEST_CASE(down_ends_what_a_lost_record_forgot) {
  World world;
  lose(world, project({service("web"), service("db")}));
  world.journal.replicas.clear();
  world.journal.project.reset();
  world.supervisor->suspect({"process"}, true);
  world.driver.stop_fails.emplace("", base::Error("cannot stop it"));  // nobody knows the service
  auto refused = world.down();
  BOOST_REQUIRE(refused->has_value());
  BOOST_TEST(!**refused);
  BOOST_TEST(world.supervisor->suspects());
  world.driver.stop_fails.clear();
  auto done = world.down();
  BOOST_REQUIRE(done->has_value());
  BOOST_TEST(!!**done);
  BOOST_TEST(world.driver.running().empty());
}

BOOST_AUTO_TEST_CASE(what_runs_of_a_replica_that_can_be_told_is_adopted) {
  const auto file = project({service("web"), service("my-db")});
  std::vector<engine::ReplicaRecord> records(1);
  records[0].status.id = {"web", 1};
  records[0].status.instance = "web-1-000000000001";
  records[0].status.state = model::State::exited;
  records[0].hash = "some";
  records[0].service = std::make_shared<const model::Service>(file.services.at("web"));
  engine::adopt_strays(file, records,
                       {{"process", "web-1-000000000002", true},
                        {"process", "web-1-000000000003", true},  // one is enough
                        {"process", "my-db-2-000000000004", true},
                        {"process", "my-db-1-000000000005", false},  // over
                        {"process", "gone-1-000000000006", true},    // not of the project
                        {"process", "strange", true}});
  BOOST_REQUIRE(records.size() == 2u);
  BOOST_TEST(records[0].status.instance == "web-1-000000000002");
  BOOST_TEST(records[0].past == std::vector<std::string>{"web-1-000000000001"});
  BOOST_TEST((records[0].status.state == model::State::unknown));
  BOOST_TEST(records[0].hash.empty());
  BOOST_TEST(model::to_string(records[1].status.id) == "my-db-2");
  BOOST_TEST(records[1].status.instance == "my-db-2-000000000004");
}

BOOST_AUTO_TEST_CASE(an_adopted_instance_is_watched_as_before) {
  World world;
  auto web = service("web");
  web.restart.condition = model::RestartCondition::always;
  web.healthcheck = probe();
  lose(world, project({web}));
  BOOST_REQUIRE(world.restore());
  world.advance(15s);
  BOOST_TEST(world.driver.count("exec web-1") > 0u);
  world.driver.end("web-1", exit_code(1));
  world.advance(1s);
  BOOST_TEST(world.driver.count("start web-1") == 1u);
}

BOOST_AUTO_TEST_CASE(an_exit_during_the_absence_is_counted_once) {
  World world;
  lose(world, project({service("job")}));
  world.driver.attaches.emplace("job", ended(4));
  BOOST_REQUIRE(world.restore());
  BOOST_TEST(world.state("job-1") == "exited");
  BOOST_TEST(*world.status("job-1").last_exit->code == 4);
  world.supervisor->exited(world.driver.instance("job-1"), exit_code(4));
  world.settle();
  const auto actions = world.events.actions("job-1");
  BOOST_TEST(std::count(actions.begin(), actions.end(), "die") == 1);
  world.replace_supervisor();
  world.events.all.clear();
  BOOST_REQUIRE(world.restore());
  BOOST_TEST(world.events.actions("job-1").empty());
  BOOST_TEST(world.state("job-1") == "exited");
}

BOOST_AUTO_TEST_CASE(the_policy_applies_to_an_exit_during_the_absence) {
  World world;
  auto web = service("web");
  web.restart.condition = model::RestartCondition::on_failure;
  lose(world, project({web}));
  world.driver.attaches.emplace("web", ended(1));
  BOOST_REQUIRE(world.restore());
  world.advance(1s);
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.driver.count("start web-1") == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_gone_ended_nobody_knows_how_and_never_well) {
  World world;
  auto api = service("api");
  api.restart.condition = model::RestartCondition::on_failure;
  lose(world, project({service("job"), api}));
  world.driver.attaches.emplace("job", Attached{});
  world.driver.attaches.emplace("api", Attached{});
  BOOST_REQUIRE(world.restore());
  const auto exit = world.status("job-1").last_exit;
  BOOST_REQUIRE(exit);
  BOOST_TEST(!exit->code);
  BOOST_TEST(!exit->signal);
  BOOST_TEST(!exit->success());
  BOOST_TEST(!exit->cause.empty());
  world.advance(1s);
  BOOST_TEST(world.state("api-1") == "running");  // not a success: on-failure restarts it
}

BOOST_AUTO_TEST_CASE(what_cannot_be_asked_is_unknown_and_is_asked_again_never_started) {
  World world;
  auto web = service("web");
  web.restart.condition = model::RestartCondition::always;
  lose(world, project({web}));
  world.driver.attaches.emplace("web",
                                base::Error(base::ErrorKind::unavailable, "no route to host"));
  BOOST_REQUIRE(world.restore());
  BOOST_TEST(world.state("web-1") == "unknown");
  BOOST_TEST(world.status("web-1").reason == "no route to host");
  world.advance(1min);
  BOOST_TEST(world.state("web-1") == "unknown");
  BOOST_TEST(world.driver.count("attach web-1") > 5u);
  BOOST_TEST(world.driver.count("attach web-1") < 20u);
  BOOST_TEST(world.driver.count("start web-1") == 0u);
  world.driver.attaches.clear();
  world.advance(1min);
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(a_runtime_that_comes_back_is_asked_at_once) {
  World world;
  lose(world, project({service("web")}));
  world.driver.attaches.emplace("web",
                                base::Error(base::ErrorKind::unavailable, "no route to host"));
  BOOST_REQUIRE(world.restore());
  world.driver.attaches.clear();
  world.supervisor->runtime_health("process", "");
  world.settle();
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(a_runtime_that_goes_away_makes_its_services_unknown) {
  World world;
  auto web = service("web");
  web.healthcheck = probe();
  world.up(project({web}));
  world.advance(1s);
  world.supervisor->runtime_health("process", "the engine does not answer");
  BOOST_TEST(world.state("web-1") == "unknown");
  world.supervisor->runtime_health("process", "");
  world.settle();
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST((world.status("web-1").health == model::Health::healthy));
  BOOST_TEST(world.driver.count("start web-1") == 1u);
}

BOOST_AUTO_TEST_CASE(an_instance_out_of_reach_is_unknown_and_the_others_are_not) {
  World world;
  world.up(project({service("far"), service("near")}));
  const auto far = world.driver.instance("far-1");
  world.supervisor->instance_reach(far, "no route to host");
  world.supervisor->instance_reach("of-nobody", "no route to host");
  BOOST_TEST(world.state("far-1") == "unknown");
  BOOST_TEST(world.status("far-1").reason == "no route to host");
  BOOST_TEST(world.state("near-1") == "running");
  world.supervisor->instance_reach(far, "");
  world.settle();
  BOOST_TEST(world.state("far-1") == "running");
  BOOST_TEST(world.driver.count("attach far-1") == 1u);
  BOOST_TEST(world.driver.count("start far-1") == 1u);
}

// What is out of reach is asked for again, which no plain `up` waits for.
BOOST_AUTO_TEST_CASE(an_up_asks_for_what_is_unknown_and_waits_for_it_only_to_be_ready) {
  World world;
  const auto file = project({service("web")});
  lose(world, file);
  world.driver.attaches.emplace("web",
                                base::Error(base::ErrorKind::unavailable, "no route to host"));
  BOOST_REQUIRE(world.restore());
  world.driver.hold("attach web");
  const auto plain = world.up(file);
  BOOST_TEST(!*plain);
  world.events.all.clear();
  world.driver.release("attach web");
  world.settle();
  BOOST_REQUIRE(*plain);
  BOOST_TEST((**plain)->failures.empty());
  BOOST_REQUIRE(!world.events.all.empty());
  BOOST_TEST(world.events.all.back().message == "no route to host");

  const auto ready = world.up(file, Wait::ready);
  world.advance(1min);
  BOOST_TEST(!*ready);
  world.driver.attaches.clear();
  world.advance(1min);
  BOOST_REQUIRE(*ready);
  BOOST_TEST((**ready)->failures.empty());
}

BOOST_AUTO_TEST_CASE(an_up_fails_for_what_stays_unknown_until_a_person_mends_it) {
  World world;
  const auto file = project({service("web"), service("api", {"web"})});
  lose(world, project({service("web")}));
  world.driver.attaches.emplace("web", base::Error(base::ErrorKind::denied, "another host key"));
  BOOST_REQUIRE(world.restore());
  for (const auto wait : {Wait::started, Wait::ready}) {
    const auto answer = world.up(file, wait);
    BOOST_REQUIRE(*answer);
    BOOST_REQUIRE(!(**answer)->failures.empty());
    BOOST_TEST((**answer)->failures[0].message ==
               "web.yaml:1:1: cannot start web-1: is unknown: another host key");
    world.settle();
    BOOST_TEST(world.state("web-1") == "unknown");
    BOOST_TEST(world.status("api-1").reason == "dependency web is unknown: another host key");
  }
  world.driver.attaches.clear();
  const auto mended = world.up(file, Wait::ready);
  BOOST_REQUIRE(*mended);
  BOOST_TEST((**mended)->failures.empty());
  BOOST_TEST(world.state("api-1") == "running");
  BOOST_TEST(world.driver.count("start web-1") == 0u);
}

BOOST_AUTO_TEST_CASE(an_exit_told_while_it_is_unknown_counts) {
  World world;
  world.up(project({service("web")}));
  world.supervisor->runtime_health("process", "the engine does not answer");
  world.driver.end("web-1", exit_code(9));
  world.advance(1min);
  BOOST_TEST(world.state("web-1") == "exited");
  BOOST_TEST(world.driver.count("attach web-1") == 0u);
}

BOOST_AUTO_TEST_CASE(an_up_that_was_under_way_goes_on) {
  World world;
  world.driver.hold("start db");
  world.up(project({service("web", {"db"}), service("db")}));
  BOOST_TEST(world.journal.replicas.size() == 2u);
  world.replace_supervisor();
  world.driver.release("start db");
  world.driver.attaches.emplace("db", Attached{});  // recorded, never started
  BOOST_REQUIRE(world.restore());
  world.settle();
  BOOST_TEST(world.state("db-1") == "running");
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(a_start_that_had_happened_is_found_and_not_repeated) {
  World world;
  world.driver.hold("start db");
  world.up(project({service("db")}));
  const auto instance = world.driver.instance("db-1");
  world.replace_supervisor();
  world.driver.take_calls();
  BOOST_REQUIRE(world.restore());
  BOOST_TEST(world.state("db-1") == "running");
  BOOST_TEST(world.status("db-1").instance == instance);
  BOOST_TEST(world.driver.count("start db-1") == 0u);
}

BOOST_AUTO_TEST_CASE(a_down_that_was_under_way_is_finished_by_the_next) {
  World world;
  world.up(project({service("web", {"db"}), service("db")}));
  world.driver.hold("stop web");
  world.down();
  world.replace_supervisor();
  world.driver.release("stop web");
  BOOST_REQUIRE(world.restore());
  world.settle();
  BOOST_TEST(world.state("web-1") == "stopped");  // its stop is completed
  const auto answer = world.down();
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  BOOST_TEST(world.driver.running().empty());
  BOOST_TEST(world.journal.replicas.empty());
}

BOOST_AUTO_TEST_CASE(a_replacement_that_was_under_way_ends_as_the_file_asks) {
  World world;
  auto file = project({service("db")});
  world.up(file);
  world.driver.hold("stop db");
  file.services.at("db").environment["MODE"] = "new";
  world.up(file);
  world.replace_supervisor();
  world.driver.release("stop db");
  BOOST_REQUIRE(world.restore());
  world.settle();
  BOOST_TEST(world.state("db-1") == "running");
  BOOST_TEST(world.driver.task("db-1").environment.at("MODE") == "new");
}

BOOST_AUTO_TEST_CASE(what_was_stopped_by_hand_stays_stopped) {
  World world;
  auto web = service("web");
  web.restart.condition = model::RestartCondition::always;
  world.up(project({web}));
  world.begin(world.supervisor->stop({}, std::nullopt));
  world.replace_supervisor();
  world.driver.take_calls();
  BOOST_REQUIRE(world.restore());
  world.advance(1min);
  BOOST_TEST(world.state("web-1") == "stopped");
  BOOST_TEST(world.driver.calls().empty());
}

BOOST_AUTO_TEST_CASE(what_was_in_backoff_is_started) {
  World world;
  auto web = service("web");
  web.restart.condition = model::RestartCondition::always;
  web.restart.delay = 1s;
  world.up(project({web}));
  world.driver.end("web-1", exit_code(1));
  world.replace_supervisor();
  BOOST_REQUIRE(world.restore());
  world.advance(2s);
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.driver.count("start web-1") == 2u);
}

BOOST_AUTO_TEST_CASE(a_service_whose_runtime_is_missing_is_unknown) {
  World world;
  lose(world, project({service("web")}));
  world.drivers.known.clear();
  BOOST_REQUIRE(world.restore());
  BOOST_TEST(world.state("web-1") == "unknown");
  BOOST_TEST(world.status("web-1").reason == "cannot use the runtime process");
}

BOOST_AUTO_TEST_SUITE_END()
