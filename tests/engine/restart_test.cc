#include <boost/test/unit_test.hpp>

#include "tests/fakes/world.h"

using namespace consort;
using namespace consort::fakes;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;
using engine::Wait;
using model::RestartCondition;

namespace {

model::Service restarting(const std::string& name, RestartCondition condition) {
  auto made = service(name);
  made.restart.condition = condition;
  return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(restart)

BOOST_AUTO_TEST_CASE(without_a_policy_an_exit_is_the_end) {
  World world;
  world.up(project({service("web")}));
  world.driver.end("web-1", exit_code(1));
  world.advance(10min);
  BOOST_TEST(world.state("web-1") == "exited");
  BOOST_TEST(*world.status("web-1").last_exit->code == 1);
  BOOST_TEST(world.driver.count("start web-1") == 1u);
  BOOST_TEST(world.supervisor->idle());
}

BOOST_AUTO_TEST_CASE(after_a_failure_it_is_restarted_when_its_delay_is_over) {
  World world;
  world.up(project({restarting("web", RestartCondition::on_failure)}));
  world.driver.end("web-1", exit_code(1));
  BOOST_TEST(world.state("web-1") == "backoff");
  world.advance(99ms);
  BOOST_TEST(world.driver.count("start web-1") == 1u);
  world.advance(1ms);
  BOOST_TEST(world.driver.count("start web-1") == 2u);
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.status("web-1").restarts == 1u);
  BOOST_TEST(world.status("web-1").generation == 2u);
}

// rule 35: restart: true does not follow what the restart policy does
BOOST_AUTO_TEST_CASE(a_dependent_stays_when_its_dependency_is_restarted_by_policy) {
  World world;
  auto web = service("web", {"db"});
  web.depends_on["db"].restart = true;
  world.up(project({web, restarting("db", RestartCondition::on_failure)}));
  world.driver.end("db-1", exit_code(1));
  world.advance(1min);
  BOOST_TEST(world.driver.count("start db-1") == 2u);
  BOOST_TEST(world.driver.count("start web-1") == 1u);
  BOOST_TEST(world.driver.count("stop web-1 10s") == 0u);
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(on_failure_leaves_a_success_alone) {
  World world;
  world.up(project({restarting("job", RestartCondition::on_failure)}));
  world.driver.end("job-1", exit_code(0));
  world.advance(1min);
  BOOST_TEST(world.state("job-1") == "exited");
}

BOOST_AUTO_TEST_CASE(with_delay_0_the_next_start_is_asked_for_before_the_exit_call_returns) {
  World world;
  auto web = restarting("web", RestartCondition::always);
  web.restart.delay = 0s;
  world.up(project({web}));
  const auto first = world.driver.instance("web-1");
  world.driver.take_calls();
  world.driver.end("web-1", exit_code(1));
  BOOST_TEST(world.state("web-1") == "starting");
  world.settle();
  BOOST_TEST(world.driver.instance("web-1") != first);
  // The old one is cleared away after the new one runs.
  BOOST_TEST(world.driver.calls() == (Names{"start web-1", "remove web-1"}),
             boost::test_tools::per_element());
  BOOST_TEST(world.events.actions("web-1") == (Names{"create", "start", "die", "create", "start"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_exit_is_counted_once) {
  World world;
  auto web = restarting("web", RestartCondition::always);
  web.restart.delay = 0s;
  world.up(project({web}));
  const auto first = world.driver.instance("web-1");
  world.supervisor->exited(first, exit_code(1));
  world.supervisor->exited(first, exit_code(1));
  world.settle();
  world.supervisor->exited(first, exit_code(1));
  world.settle();
  BOOST_TEST(world.driver.count("start web-1") == 2u);
  BOOST_TEST(world.status("web-1").restarts == 1u);
}

BOOST_AUTO_TEST_CASE(a_crash_loop_gives_up_after_its_attempts_and_up_begins_again) {
  World world;
  auto web = restarting("web", RestartCondition::on_failure);
  web.restart.max_attempts = 2;
  web.restart.window = 0s;
  world.up(project({web}));
  for (int i = 0; i < 3; ++i) {
    world.driver.end("web-1", exit_code(7));
    world.advance(1s);
  }
  BOOST_TEST(world.state("web-1") == "exited");
  BOOST_TEST(world.status("web-1").reason == "gave up after 2 restarts");
  BOOST_TEST(world.driver.count("start web-1") == 3u);
  world.up(project({web}));
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.status("web-1").restarts == 0u);
}

BOOST_AUTO_TEST_CASE(up_does_not_wait_out_a_backoff) {
  World world;
  auto web = restarting("web", RestartCondition::always);
  web.restart.delay = 1min;
  world.up(project({web}));
  world.driver.end("web-1", exit_code(1));
  BOOST_TEST(world.state("web-1") == "backoff");
  const auto answer = world.up(project({web}));
  BOOST_TEST((*answer).has_value());
  BOOST_TEST(world.state("web-1") == "running");
  world.advance(2min);
  BOOST_TEST(world.driver.count("start web-1") == 2u);  // the old timer does nothing
}

BOOST_AUTO_TEST_CASE(what_an_instance_left_is_stopped_before_the_next_starts) {
  World world;
  auto web = restarting("web", RestartCondition::always);
  web.restart.delay = 0s;
  web.stop_grace_period = 3s;
  world.up(project({web}));
  world.driver.take_calls();
  world.driver.hold("stop");
  auto exit = exit_code(1);
  exit.leftovers = true;
  world.driver.end("web-1", exit);
  world.settle();
  BOOST_TEST(world.driver.calls() == (Names{"stop web-1 3s"}), boost::test_tools::per_element());
  world.driver.release("stop");
  world.settle();
  BOOST_TEST(world.driver.count("start web-1") == 1u);
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(down_stops_what_an_ended_instance_left) {
  World world;
  world.up(project({service("daemon")}));
  auto exit = exit_code(0);
  exit.leftovers = true;
  world.driver.end("daemon-1", exit);
  BOOST_TEST(!world.supervisor->idle());
  const auto answer = world.down();
  BOOST_TEST((*answer).has_value());
  BOOST_TEST(world.driver.count("stop daemon-1 10s") == 1u);
}

BOOST_AUTO_TEST_CASE(a_start_that_cannot_be_done_now_is_tried_again_by_the_same_id) {
  World world;
  world.driver.start_fails.emplace(
      "web", base::Error(base::ErrorKind::unavailable, "cannot fork: Resource unavailable"));
  const auto answer = world.up(project({service("web")}));
  const auto first = world.driver.instance("web-1");
  BOOST_TEST(world.state("web-1") == "backoff");
  BOOST_TEST(!*answer);
  world.advance(1s);
  BOOST_TEST(world.driver.count("start web-1") > 2u);
  world.driver.start_fails.clear();
  world.advance(10s);
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.driver.instance("web-1") == first);
  BOOST_TEST((*answer).has_value());
}

BOOST_AUTO_TEST_CASE(nobody_waits_without_end_for_a_start_that_cannot_be_done_now) {
  World world;
  world.driver.start_fails.emplace("web",
                                   base::Error(base::ErrorKind::unavailable, "no engine there"));
  const auto answer = world.up(project({service("web")}));
  world.advance(3s);
  BOOST_TEST(!*answer);
  world.advance(30s);
  BOOST_REQUIRE(*answer);
  BOOST_REQUIRE((**answer)->failures.size() == 1u);
  BOOST_TEST((**answer)->failures[0].message.ends_with("no engine there (it is tried again)"));
  BOOST_TEST(world.state("web-1") == "backoff");
  world.driver.start_fails.clear();
  world.advance(1min);
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(a_start_that_failed_is_tried_again_if_the_policy_says_so) {
  World world;
  world.driver.start_fails.emplace("web", base::Error("cannot exec: Text file busy"));
  const auto answer = world.up(project({restarting("web", RestartCondition::always)}));
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.size() == 1u);  // told, and tried again
  BOOST_TEST(world.state("web-1") == "backoff");
  world.driver.start_fails.clear();
  world.advance(1s);
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(a_full_disk_does_not_end_a_service_that_is_to_be_restarted) {
  World world;
  world.up(project({restarting("web", RestartCondition::always)}));
  world.journal.refuses = base::Error("No space left on device");
  world.driver.end("web-1", exit_code(1));
  world.advance(5s);
  BOOST_TEST(world.state("web-1") == "backoff");
  BOOST_TEST(world.driver.count("start web-1") == 1u);  // nothing runs unrecorded
  world.journal.refuses.reset();
  world.advance(1min);
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(the_directories_of_the_last_three_instances_are_kept) {
  World world;
  auto web = restarting("web", RestartCondition::always);
  web.restart.delay = 0s;
  world.up(project({web}));
  for (int i = 0; i < 6; ++i) {
    world.driver.end("web-1", exit_code(1));
    world.settle();
  }
  BOOST_TEST(world.directories.made.size() == 3u);
  BOOST_TEST(world.directories.made.contains(world.driver.instance("web-1")));
  world.down();
  BOOST_TEST(world.directories.made.empty());
}

BOOST_AUTO_TEST_CASE(unhealthy_is_told_and_does_not_restart) {
  World world;
  auto web = restarting("web", RestartCondition::always);
  web.healthcheck = probe();
  world.up(project({web}));
  world.advance(1s);
  BOOST_TEST((world.status("web-1").health == model::Health::healthy));
  world.driver.exec_codes["web"] = 1;
  world.advance(40s);
  BOOST_TEST((world.status("web-1").health == model::Health::unhealthy));
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.events.actions("web-1").back() == "health_status: unhealthy");
}

BOOST_AUTO_TEST_CASE(an_ended_instance_is_not_probed_any_more) {
  World world;
  auto web = service("web");
  web.healthcheck = probe();
  world.up(project({web}));
  world.advance(1s);
  world.driver.end("web-1", exit_code(0));
  world.driver.take_calls();
  world.advance(5min);
  BOOST_TEST(world.driver.calls().empty());
  BOOST_TEST(world.time.armed() == 0u);
}

BOOST_AUTO_TEST_CASE(wait_completes_with_the_exit_that_is_the_last) {
  World world;
  auto web = restarting("web", RestartCondition::on_failure);
  world.up(project({web}));
  const auto answer = world.begin(world.supervisor->wait({"web", 1}));
  world.driver.end("web-1", exit_code(1));
  world.advance(1s);
  BOOST_TEST(!*answer);
  world.driver.end("web-1", exit_code(0));
  world.settle();
  BOOST_REQUIRE(*answer);
  BOOST_TEST(*(**answer)->code == 0);
}

BOOST_AUTO_TEST_CASE(wait_on_what_ended_already_completes_at_once) {
  World world;
  world.up(project({service("job")}));
  world.driver.end("job-1", exit_code(5));
  const auto answer = world.begin(world.supervisor->wait({"job", 1}));
  BOOST_REQUIRE(*answer);
  BOOST_TEST(*(**answer)->code == 5);
}

BOOST_AUTO_TEST_CASE(a_one_off_runs_beside_the_service_after_its_dependencies) {
  World world;
  const auto file = project({service("web", {"db"}), service("db")});
  engine::RunRequest request;
  request.service = file.services.at("web");
  request.service.argv = {"sh"};
  request.project = file;
  const auto answer = world.begin(world.supervisor->run(std::move(request)));
  BOOST_REQUIRE(*answer);
  BOOST_REQUIRE((**answer).has_value());
  BOOST_TEST((**answer)->one_off);
  BOOST_TEST((**answer)->id.service == "web");
  BOOST_TEST(world.state("web-1") == "none");
  BOOST_TEST(world.state("db-1") == "running");
  const auto instance = (**answer)->instance;
  world.up(file);  // is not the one-off's business
  BOOST_TEST(world.supervisor->status().size() == 3u);
  const auto removed = world.begin(world.supervisor->remove_one_off(instance));
  BOOST_TEST((*removed).has_value());
  BOOST_TEST(world.supervisor->status().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_one_off_that_cannot_start_is_an_error_and_leaves_nothing) {
  World world;
  world.driver.start_fails.emplace("job", base::Error("cannot exec"));
  const auto file = project({service("job")});
  engine::RunRequest request;
  request.service = file.services.at("job");
  request.project = file;
  const auto answer = world.begin(world.supervisor->run(std::move(request)));
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer).has_error());
  BOOST_TEST(world.supervisor->status().empty());
}

BOOST_AUTO_TEST_SUITE_END()
