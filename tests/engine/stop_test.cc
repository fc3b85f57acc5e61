#include <boost/test/unit_test.hpp>

#include "tests/fakes/world.h"

using namespace consort;
using namespace consort::fakes;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;
using engine::Wait;

BOOST_AUTO_TEST_SUITE(stop)

BOOST_AUTO_TEST_CASE(down_stops_dependents_first_and_forgets_everything) {
  World world;
  world.up(project({service("web", {"api"}), service("api", {"db"}), service("db")}));
  world.driver.take_calls();
  const auto answer = world.down();
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  Names stops;
  for (const auto& call : world.driver.calls()) {
    if (call.starts_with("stop")) stops.push_back(call);
  }
  BOOST_TEST(stops == (Names{"stop web-1 10s", "stop api-1 10s", "stop db-1 10s"}),
             boost::test_tools::per_element());
  BOOST_TEST(world.driver.running().empty());
  BOOST_TEST(world.supervisor->status().empty());
  BOOST_TEST(world.journal.replicas.empty());
  BOOST_TEST(world.directories.made.empty());
  BOOST_TEST(world.supervisor->project() == nullptr);
  BOOST_TEST(world.supervisor->idle());
}

BOOST_AUTO_TEST_CASE(down_stops_in_parallel_what_the_graph_allows) {
  World world;
  world.up(project({service("db"), service("a", {"db"}), service("b", {"db"})}));
  world.driver.hold("stop");
  const auto answer = world.down();
  BOOST_TEST(world.driver.most_waiting() == 2u);
  BOOST_TEST(world.driver.count("stop db-1 10s") == 0u);
  world.driver.release("stop a");
  world.settle();
  BOOST_TEST(world.driver.count("stop db-1 10s") == 0u);
  world.driver.release("stop");
  world.settle();
  BOOST_TEST((*answer).has_value());
  BOOST_TEST(world.driver.running().empty());
}

// rule 39: -t overrides stop_grace_period
BOOST_AUTO_TEST_CASE(a_timeout_overrides_the_grace_period) {
  World world;
  auto db = service("db");
  db.stop_grace_period = 30s;
  world.up(project({db}));
  world.down(2s);
  BOOST_TEST(world.driver.count("stop db-1 2s") == 1u);
}

BOOST_AUTO_TEST_CASE(down_during_up_ends_it_and_leaves_nothing) {
  World world;
  world.driver.hold("start a");
  const auto up = world.up(project({service("a"), service("b", {"a"})}));
  const auto down = world.down();
  BOOST_REQUIRE(*up);
  BOOST_TEST((**up).error().message() == "cannot go on: the project is being taken down");
  BOOST_TEST(((**up).error().kind() == base::ErrorKind::conflict));
  BOOST_TEST(!*down);
  world.driver.release("start a");
  world.settle();
  BOOST_REQUIRE(*down);
  BOOST_TEST((**down)->failures.empty());
  BOOST_TEST(world.driver.running().empty());
  BOOST_TEST(world.driver.count("start b-1") == 0u);
}

BOOST_AUTO_TEST_CASE(down_while_up_still_checks_starts_nothing) {
  World world;
  world.driver.hold("validate");
  const auto up = world.up(project({service("a")}));
  const auto down = world.down();
  BOOST_TEST((*down).has_value());
  world.driver.release("validate");
  world.settle();
  BOOST_REQUIRE(*up);
  BOOST_TEST((**up).error().message() == "cannot bring up the project: it was stopped meanwhile");
  BOOST_TEST(world.supervisor->status().empty());
}

BOOST_AUTO_TEST_CASE(up_during_down_brings_it_back) {
  World world;
  const auto file = project({service("a"), service("b", {"a"})});
  world.up(file);
  world.driver.hold("stop b");
  const auto down = world.down();
  const auto up = world.up(file);
  world.driver.release("stop b");
  world.settle();
  BOOST_REQUIRE(*up);
  BOOST_TEST((**up)->failures.empty());
  BOOST_TEST((*down).has_value());
  BOOST_TEST(world.driver.running() == (std::set<std::string>{"a-1", "b-1"}),
             boost::test_tools::per_element());
  BOOST_TEST(world.driver.count("stop a-1 10s") == 0u);  // it was not its turn yet
}

BOOST_AUTO_TEST_CASE(a_second_down_with_more_haste_reaches_what_stops_already) {
  World world;
  world.up(project({service("a")}));
  world.driver.hold("stop a-1 10s");
  const auto first = world.down();
  const auto second = world.down(0s);
  BOOST_TEST(world.driver.count("stop a-1 0s") == 1u);
  BOOST_TEST(world.driver.running().empty());
  world.driver.release("stop a-1 10s");
  world.settle();
  BOOST_TEST((*first).has_value());
  BOOST_TEST((*second).has_value());
  BOOST_TEST(world.supervisor->status().empty());
}

BOOST_AUTO_TEST_CASE(a_stopped_service_stays_stopped_and_is_remembered_so) {
  World world;
  auto web = service("web");
  web.restart.condition = model::RestartCondition::always;
  world.up(project({web, service("db")}));
  const auto answer = world.begin(world.supervisor->stop({{"web"}, 0}, std::nullopt));
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  world.advance(1min);
  BOOST_TEST(world.state("web-1") == "stopped");
  BOOST_TEST(world.state("db-1") == "running");
  BOOST_TEST(!world.journal.replicas.at({"web", 1}).wanted_running);
  BOOST_TEST(world.driver.count("start web-1") == 1u);
}

BOOST_AUTO_TEST_CASE(stop_does_not_wait_for_dependents_that_stay) {
  World world;
  world.up(project({service("web", {"db"}), service("db")}));
  const auto answer = world.begin(world.supervisor->stop({{"db"}, 0}, std::nullopt));
  BOOST_TEST((*answer).has_value());
  BOOST_TEST(world.state("db-1") == "stopped");
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(start_brings_back_what_was_stopped_with_its_dependencies) {
  World world;
  world.up(project({service("web", {"db"}), service("db"), service("other")}));
  world.begin(world.supervisor->stop({}, std::nullopt));
  BOOST_TEST(world.driver.running().empty());
  const auto answer = world.begin(world.supervisor->start({{"web"}, 0}, Wait::started));
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  BOOST_TEST(world.driver.running() == (std::set<std::string>{"db-1", "web-1"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_unknown_service_is_named_with_its_likeness) {
  World world;
  world.up(project({service("web")}));
  const auto answer = world.begin(world.supervisor->stop({{"wbe"}, 0}, std::nullopt));
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer).error().message() ==
             "cannot stop wbe: there is no such service; did you mean web?");
}

BOOST_AUTO_TEST_CASE(a_stop_that_fails_is_reported_and_can_be_tried_again) {
  World world;
  world.up(project({service("web", {"db"}), service("db")}));
  world.driver.stop_fails.emplace("web", base::Error("a process does not end"));
  const auto failed = world.down();
  BOOST_REQUIRE(*failed);
  BOOST_REQUIRE((**failed)->failures.size() == 1u);
  BOOST_TEST((**failed)->failures[0].message ==
             "web.yaml:1:1: cannot stop web-1: a process does not end");
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.state("db-1") == "none");
  world.driver.stop_fails.clear();
  const auto again = world.down();
  BOOST_REQUIRE(*again);
  BOOST_TEST((**again)->failures.empty());
  BOOST_TEST(world.supervisor->status().empty());
}

BOOST_AUTO_TEST_CASE(down_with_an_unreachable_runtime_fails_and_keeps_the_debt) {
  World world;
  world.up(project({service("web")}));
  world.driver.stop_fails.emplace("web",
                                  base::Error(base::ErrorKind::unavailable, "no route to host"));
  const auto failed = world.down();
  BOOST_REQUIRE(*failed);
  BOOST_TEST((**failed)->failures.size() == 1u);
  BOOST_TEST(world.state("web-1") == "unknown");
  BOOST_TEST(!world.supervisor->idle());
  BOOST_TEST(!world.journal.replicas.at({"web", 1}).wanted_running);
  world.driver.stop_fails.clear();
  world.supervisor->runtime_health("process", "");  // it is back: what was asked for is done
  world.settle();
  BOOST_TEST(world.driver.running().empty());
  BOOST_TEST(world.supervisor->status().empty());
}

BOOST_AUTO_TEST_CASE(an_instance_whose_exit_is_never_told_ends_as_unknown) {
  World world;
  world.up(project({service("web")}));
  world.driver.silent.insert("web-1");
  const auto answer = world.begin(world.supervisor->stop({}, std::nullopt));
  BOOST_TEST(!*answer);
  world.advance(2s);
  BOOST_TEST((*answer).has_value());
  const auto exit = world.status("web-1").last_exit;
  BOOST_REQUIRE(exit);
  BOOST_TEST(!exit->code);
  BOOST_TEST(!exit->success());
}

// rule 35: restart: true follows a restart by hand
BOOST_AUTO_TEST_CASE(restart_stops_and_starts_in_order_and_takes_along_who_asks_for_it) {
  World world;
  auto web = service("web", {"db"});
  web.depends_on["db"].restart = true;
  world.up(project({web, service("db"), service("api", {"db"})}));
  world.driver.take_calls();
  const auto answer = world.begin(world.supervisor->restart({{"db"}, 0}, std::nullopt, false));
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  Names moves;
  for (const auto& call : world.driver.calls()) {
    if (call.starts_with("start") || call.starts_with("stop")) moves.push_back(call);
  }
  BOOST_TEST(moves == (Names{"stop web-1 10s", "stop db-1 10s", "start db-1", "start web-1"}),
             boost::test_tools::per_element());
  BOOST_TEST(world.events.actions("db-1").back() == "restart");
}

BOOST_AUTO_TEST_CASE(restart_does_not_need_dependencies_that_are_stopped_by_hand) {
  World world;
  world.up(project({service("web", {"db"}), service("db")}));
  world.begin(world.supervisor->stop({{"db"}, 0}, std::nullopt));
  const auto answer = world.begin(world.supervisor->restart({{"web"}, 0}, std::nullopt, false));
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(sigkill_ends_the_tree_at_once_and_for_good) {
  World world;
  auto web = service("web");
  web.restart.condition = model::RestartCondition::always;
  world.up(project({web}));
  const auto answer = world.begin(world.supervisor->kill({}, "kill"));
  BOOST_TEST((*answer).has_value());
  BOOST_TEST(world.driver.count("stop web-1 SIGKILL 0s") == 1u);
  world.advance(1min);
  BOOST_TEST(world.state("web-1") == "stopped");
}

BOOST_AUTO_TEST_CASE(sigkill_during_down_hastens_it_and_down_goes_on) {
  World world;
  world.up(project({service("web", {"db"}), service("db")}));
  world.driver.hold("stop web-1 10s");
  const auto down = world.down();
  world.begin(world.supervisor->kill({{"web"}, 0}, "SIGKILL"));
  BOOST_TEST(world.driver.running().empty());
  world.driver.release("stop web-1 10s");
  world.settle();
  BOOST_REQUIRE(*down);
  BOOST_TEST((**down)->failures.empty());
  BOOST_TEST(world.supervisor->status().empty());
}

BOOST_AUTO_TEST_CASE(closing_ends_every_wait_and_leaves_what_runs) {
  World world;
  auto db = service("db");
  db.healthcheck = probe();
  world.up(project({db}));
  world.driver.hold("start web");
  world.driver.hold("validate late");
  const auto wait = world.begin(world.supervisor->wait({"db", 1}));
  const auto up = world.up(project({db, service("web")}));
  const auto late = world.up(project({db, service("late")}));
  BOOST_REQUIRE(world.completes(world.supervisor->close()));
  for (const auto& answer : {up, late}) {
    BOOST_REQUIRE(*answer);
    BOOST_REQUIRE((**answer).has_error());
    BOOST_TEST((base::ErrorKind::unavailable == (**answer).error().kind()));
  }
  BOOST_REQUIRE(*wait);
  BOOST_TEST((**wait).has_error());
  BOOST_TEST(world.time.armed() == 0u);
  BOOST_TEST(world.driver.count("stop db-1 10s") == 0u);
}

BOOST_AUTO_TEST_CASE(the_stop_signal_by_hand_ends_it_for_good) {
  World world;
  auto web = service("web");
  web.restart.condition = model::RestartCondition::always;
  world.up(project({web}));
  world.begin(world.supervisor->kill({}, "TERM"));
  world.advance(1min);
  BOOST_TEST(world.driver.count("signal web-1 SIGTERM") == 1u);
  BOOST_TEST(world.state("web-1") == "stopped");
}

BOOST_AUTO_TEST_CASE(another_signal_leaves_the_restart_policy_alone) {
  World world;
  auto web = service("web");
  web.restart.condition = model::RestartCondition::always;
  world.up(project({web}));
  world.begin(world.supervisor->kill({}, "SIGHUP"));
  BOOST_TEST(world.state("web-1") == "running");
  world.driver.end("web-1", exit_code(1));
  world.advance(1s);
  BOOST_TEST(world.driver.count("start web-1") == 2u);
}

BOOST_AUTO_TEST_CASE(orphans_are_left_unless_they_are_to_be_removed) {
  World world;
  world.up(project({service("web"), service("old", {"web"})}));
  const auto file = project({service("web")});
  world.up(file);
  BOOST_TEST(world.state("old-1") == "running");
  plan::Options options;
  options.remove_orphans = true;
  const auto answer = world.up(file, Wait::started, options);
  BOOST_TEST((*answer).has_value());
  BOOST_TEST(world.state("old-1") == "none");
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(services_whose_old_and_new_forms_depend_on_each_other_still_stop) {
  World world;
  world.up(project({service("a", {"b"}), service("b")}));
  auto turned = project({service("a"), service("b", {"a"})});
  turned.services.at("b").environment["MODE"] = "new";
  plan::Options options;
  options.services = {"b"};
  options.no_deps = true;
  world.up(turned, Wait::started, options);
  const auto answer = world.down();
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  BOOST_TEST(world.driver.running().empty());
}

BOOST_AUTO_TEST_SUITE_END()
