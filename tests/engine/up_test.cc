#include <boost/test/unit_test.hpp>

#include "tests/fakes/world.h"

using namespace consort;
using namespace consort::fakes;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;
using engine::Wait;
using model::Condition;

namespace {

Names starts(FakeDriver& driver) {
  Names names;
  for (const auto& call : driver.calls()) {
    if (call.starts_with("start ")) names.push_back(call.substr(6));
  }
  return names;
}

Names failures(const engine::Outcome& outcome) {
  Names messages;
  for (const auto& failure : outcome.failures) messages.push_back(failure.message);
  return messages;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(up)

BOOST_AUTO_TEST_CASE(starts_dependencies_first_and_completes_when_all_run) {
  World world;
  const auto answer =
      world.up(project({service("web", {"api"}), service("api", {"db"}), service("db")}));
  BOOST_REQUIRE(*answer);
  BOOST_REQUIRE((**answer).has_value());
  BOOST_TEST((**answer)->failures.empty());
  BOOST_TEST(starts(world.driver) == (Names{"db-1", "api-1", "web-1"}),
             boost::test_tools::per_element());
  BOOST_TEST(world.driver.running().size() == 3u);
}

BOOST_AUTO_TEST_CASE(starts_in_parallel_what_does_not_depend_on_each_other) {
  World world;
  world.driver.hold("start");
  const auto answer = world.up(project({service("a"), service("b"), service("c", {"a", "b"})}));
  BOOST_TEST(world.driver.most_waiting() == 2u);
  BOOST_TEST(world.state("c-1") == "pending");
  BOOST_TEST(!*answer);
  world.driver.release("start");
  world.settle();
  BOOST_TEST(world.state("c-1") == "running");
  BOOST_REQUIRE(*answer);
}

BOOST_AUTO_TEST_CASE(says_what_a_pending_service_waits_for) {
  World world;
  world.driver.hold("start db");
  world.up(project({service("web", {"db"}), service("db")}));
  BOOST_TEST(world.status("web-1").reason == "waits for db to start");
}

BOOST_AUTO_TEST_CASE(waits_for_a_healthy_dependency) {
  World world;
  auto db = service("db");
  db.healthcheck = probe();
  auto web = service("web");
  web.depends_on["db"] = on(Condition::healthy);
  world.driver.exec_codes["db"] = 1;
  const auto answer = world.up(project({db, web}));
  world.advance(1s);
  BOOST_TEST(world.state("db-1") == "running");
  BOOST_TEST(world.state("web-1") == "pending");
  world.driver.exec_codes["db"] = 0;
  world.advance(2s);  // an early probe finds it, long before the interval of 10 s
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST((*answer).has_value());
}

// rule 33: and who waits for what became unhealthy fails at once
BOOST_AUTO_TEST_CASE(an_unhealthy_dependency_fails_its_dependents) {
  World world;
  auto db = service("db");
  db.healthcheck = probe();
  auto web = service("web");
  web.depends_on["db"] = on(Condition::healthy);
  world.driver.exec_codes["db"] = 1;
  const auto answer = world.up(project({db, web, service("front", {"web"})}));
  world.advance(40s);
  BOOST_REQUIRE(*answer);
  BOOST_TEST(
      failures(***answer) ==
          (Names{"web.yaml:1:1: cannot start web-1: dependency db is unhealthy: the probe "
                 "exited with 1",
                 "front.yaml:1:1: cannot start front-1: dependency web failed: dependency db "
                 "is unhealthy: the probe exited with 1"}),
      boost::test_tools::per_element());
  BOOST_TEST(world.state("db-1") == "running");
}

BOOST_AUTO_TEST_CASE(
    waiting_until_all_is_ready_ends_with_the_first_failure_and_what_the_probe_said) {
  World world;
  auto db = service("db");
  db.healthcheck = probe();
  auto web = service("web");
  web.depends_on["db"] = on(Condition::healthy);
  auto slow = service("slow");
  slow.healthcheck = probe();
  slow.healthcheck->start_period = 1h;
  world.driver.exec_codes["db"] = world.driver.exec_codes["slow"] = 1;
  world.driver.exec_output["db"] = std::string(10'000, '.') + "\nno route to \x1b[1mhost\n\n";
  const auto answer = world.up(project({db, web, slow}), Wait::ready);
  world.advance(40s);
  BOOST_REQUIRE(*answer);
  const std::string why = "is unhealthy: the probe exited with 1: no route to ^[[1mhost";
  BOOST_TEST(
      failures(***answer) == (Names{"db.yaml:1:1: cannot start db-1: " + why,
                                    "web.yaml:1:1: cannot start web-1: dependency db " + why}),
      boost::test_tools::per_element());
  BOOST_TEST(world.state("slow-1") == "running");
}

BOOST_AUTO_TEST_CASE(waits_for_a_one_shot_to_complete) {
  World world;
  auto api = service("api");
  api.depends_on["migrate"] = on(Condition::completed_successfully);
  const auto answer = world.up(project({service("migrate"), api}));
  BOOST_TEST(world.state("api-1") == "pending");
  world.driver.end("migrate-1", exit_code(0));
  world.settle();
  BOOST_TEST(world.state("api-1") == "running");
  BOOST_TEST((*answer).has_value());
}

// rule 34: completed successfully is exit code 0 and no other
BOOST_AUTO_TEST_CASE(a_failed_one_shot_fails_its_dependents) {
  World world;
  auto api = service("api");
  api.depends_on["migrate"] = on(Condition::completed_successfully);
  const auto answer = world.up(project({service("migrate"), api}));
  world.driver.end("migrate-1", exit_code(3));
  world.settle();
  BOOST_REQUIRE(*answer);
  BOOST_TEST(failures(***answer) ==
                 (Names{"api.yaml:1:1: cannot start api-1: dependency migrate exited (3)"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_failed_dependency_that_is_not_required_is_a_warning) {
  World world;
  auto api = service("api");
  api.depends_on["cache"] = on(Condition::healthy);
  api.depends_on["cache"].required = false;
  auto cache = service("cache");
  cache.healthcheck = probe();
  world.driver.start_fails.emplace("cache", base::Error("no memory"));
  world.up(project({api, cache}));
  BOOST_TEST(world.state("api-1") == "running");
  BOOST_TEST(
      world.events.messages() == (Names{"dependency cache failed: no memory; it is not required"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_dependencies_nothing_is_waited_for) {
  World world;
  plan::Options options;
  options.services = {"web"};
  options.no_deps = true;
  world.up(project({service("web", {"db"}), service("db")}), Wait::started, options);
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.state("db-1") == "none");
}

BOOST_AUTO_TEST_CASE(a_second_up_without_a_change_does_nothing) {
  World world;
  const auto file = project({service("web", {"db"}), service("db")});
  world.up(file);
  world.driver.take_calls();
  world.journal.puts.clear();
  const std::size_t events = world.events.all.size();
  const auto answer = world.up(file);
  BOOST_REQUIRE(*answer);
  BOOST_TEST(world.driver.calls().empty());
  BOOST_TEST(world.journal.puts.empty());
  BOOST_TEST(world.events.all.size() == events);
  for (const auto& action : (**answer)->actions) {
    BOOST_TEST((action.verb == plan::Verb::keep));
  }
}

BOOST_AUTO_TEST_CASE(replaces_the_changed_service_and_only_it) {
  World world;
  auto file = project({service("web", {"db"}), service("db")});
  world.up(file);
  const auto web = world.driver.instance("web-1");
  const auto db = world.driver.instance("db-1");
  world.driver.take_calls();
  file.services.at("db").environment["MODE"] = "new";
  const auto answer = world.up(file);
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  BOOST_TEST(world.driver.instance("web-1") == web);
  BOOST_TEST(world.driver.instance("db-1") != db);
  BOOST_TEST(
      world.driver.calls() == (Names{"validate db", "stop db-1 10s", "start db-1", "remove db-1"}),
      boost::test_tools::per_element());
  BOOST_TEST(world.driver.task("db-1").environment.at("MODE") == "new");
}

BOOST_AUTO_TEST_CASE(a_dependent_that_asks_for_it_is_restarted_with_a_replaced_dependency) {
  World world;
  auto file = project({service("web", {"db"}), service("db")});
  file.services.at("web").depends_on["db"].restart = true;
  world.up(file);
  world.driver.take_calls();
  file.services.at("db").environment["MODE"] = "new";
  world.up(file);
  Names moves;
  for (const auto& call : world.driver.calls()) {
    if (call.starts_with("start") || call.starts_with("stop")) moves.push_back(call);
  }
  BOOST_TEST(moves == (Names{"stop web-1 10s", "stop db-1 10s", "start db-1", "start web-1"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_replacement_waits_until_the_new_dependency_is_ready) {
  World world;
  auto db = service("db");
  db.healthcheck = probe();
  auto web = service("web");
  web.depends_on["db"] = on(Condition::healthy);
  web.depends_on["db"].restart = true;
  auto file = project({db, web});
  world.up(file);
  world.advance(1s);
  BOOST_TEST(world.state("web-1") == "running");
  world.driver.exec_codes["db"] = 1;
  file.services.at("db").environment["MODE"] = "new";
  world.up(file);
  world.advance(1s);
  BOOST_TEST(world.state("db-1") == "running");
  BOOST_TEST(world.state("web-1") == "pending");
  world.driver.exec_codes["db"] = 0;
  world.advance(5s);
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(scaling_adds_and_removes_replicas) {
  World world;
  const auto file = project({service("web")});
  plan::Options options;
  options.scale["web"] = 3;
  world.up(file, Wait::started, options);
  BOOST_TEST(world.driver.running().size() == 3u);
  options.scale["web"] = 1;
  const auto answer = world.up(file, Wait::started, options);
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  BOOST_TEST(world.driver.running() == (std::set<std::string>{"web-1"}),
             boost::test_tools::per_element());
  BOOST_TEST(world.state("web-3") == "none");
  BOOST_TEST(world.journal.replicas.size() == 1u);
}

BOOST_AUTO_TEST_CASE(all_failed_requirements_are_told_at_once_and_nothing_starts) {
  World world;
  world.driver.findings["api"] = {{"/binary", "/bin/api is not executable"}};
  world.driver.findings["db"] = {{"/command", "/bin/db is not there"}};
  auto web = service("web");
  web.healthcheck = probe();
  web.healthcheck->check = model::HttpProbe{"http://localhost:0/"};
  web.healthcheck->where = {"web.yaml", 7, 5};
  auto far = service("far");
  far.runtime = "moon";
  auto api = service("api");
  api.key_where["binary"] = {"api.yaml", 2, 5};
  const auto answer = world.up(project({api, service("db"), web, far}));
  BOOST_REQUIRE(*answer);
  BOOST_REQUIRE((**answer).has_error());
  BOOST_TEST(
      (**answer).error().message() ==
      "api.yaml:2:5: cannot start api: /bin/api is not executable\n"
      "db.yaml:1:1: cannot start db: /bin/db is not there\n"
      "cannot start far: cannot use the runtime moon\n"
      "web.yaml:7:5: cannot start web: cannot probe http://localhost:0/: its port is not a number "
      "from 1 to 65535");
  BOOST_TEST(starts(world.driver).empty());
  BOOST_TEST(world.supervisor->status().empty());
  BOOST_TEST(!world.journal.project.has_value());
}

BOOST_AUTO_TEST_CASE(a_refused_change_leaves_what_runs_alone) {
  World world;
  auto file = project({service("db")});
  world.up(file);
  world.driver.take_calls();
  file.services.at("db").environment["MODE"] = "new";
  world.driver.findings["db"] = {{"/binary", "it is gone"}};
  world.up(file);
  BOOST_TEST(world.driver.calls() == (Names{"validate db"}), boost::test_tools::per_element());
  BOOST_TEST(world.state("db-1") == "running");
}

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_the_change_and_services_go_on) {
  World world;
  auto file = project({service("db")});
  world.up(file);
  world.driver.take_calls();
  world.journal.refuses = base::Error("cannot write the record: No space left on device");
  file.services.emplace("web", service("web"));
  const auto answer = world.up(file);
  BOOST_REQUIRE(*answer);
  BOOST_REQUIRE((**answer).has_error());
  BOOST_TEST((**answer).error().message() ==
             "cannot bring up the project: cannot write the record: No space left on device");
  BOOST_TEST(world.state("db-1") == "running");
  BOOST_TEST(world.state("web-1") == "none");
  world.journal.refuses.reset();
}

BOOST_AUTO_TEST_CASE(what_starts_is_recorded_before_the_runtime_is_asked) {
  World world;
  world.driver.hold("start");
  world.up(project({service("db")}));
  const auto& record = world.journal.replicas.at({"db", 1});
  BOOST_TEST((record.status.state == model::State::starting));
  BOOST_TEST(record.status.instance == world.driver.instance("db-1"));
  BOOST_TEST(world.directories.made.contains(record.status.instance));
  world.driver.release("start");
  world.settle();
  BOOST_TEST(world.journal.replicas.at({"db", 1}).handle ==
             "handle of " + world.driver.instance("db-1"));
}

BOOST_AUTO_TEST_CASE(a_task_has_the_inherited_environment_with_the_services_on_top) {
  World world;
  auto web = service("web");
  web.environment = {{"HOME", "/srv"}, {"PORT", "80"}};
  world.up(project({web}));
  const auto& task = world.driver.task("web-1");
  BOOST_TEST(task.environment.at("PATH") == "/bin");
  BOOST_TEST(task.environment.at("HOME") == "/srv");
  BOOST_TEST(task.environment.at("PORT") == "80");
  BOOST_TEST(task.environment.at("CONSORT_PROJECT") == "demo");
  BOOST_TEST(task.environment.at("CONSORT_SERVICE") == "web");
  BOOST_TEST(task.environment.at("CONSORT_REPLICA") == "1");
  BOOST_TEST(task.environment.at("CONSORT_INSTANCE") == "demo/" + task.instance);
  BOOST_TEST(task.instance.starts_with("web-1-"));
  BOOST_TEST(task.instance.size() == std::string("web-1-").size() + 12);
}

BOOST_AUTO_TEST_CASE(a_container_does_not_inherit_this_machines_environment) {
  World world;
  FakeDriver engine(world.io.get_executor(), "container");
  world.drivers.known["container"] = &engine;
  engine.exited = world.driver.exited;
  auto db = service("db");
  db.runtime = "container";
  world.up(project({db}));
  BOOST_TEST(!engine.task("db-1").environment.contains("PATH"));
  BOOST_TEST(engine.task("db-1").environment.contains("CONSORT_SERVICE"));
}

BOOST_AUTO_TEST_CASE(wait_none_returns_when_the_plan_is_accepted) {
  World world;
  world.driver.hold("start");
  const auto answer = world.up(project({service("db")}), Wait::none);
  BOOST_TEST((*answer).has_value());
  BOOST_TEST(world.state("db-1") == "starting");
  world.driver.release("start");
}

// rule 38: up --wait: running or healthy; one-shots are excused
BOOST_AUTO_TEST_CASE(wait_ready_waits_for_health_and_for_one_shots_that_others_need) {
  World world;
  auto db = service("db");
  db.healthcheck = probe();
  auto api = service("api");
  api.depends_on["job"] = on(Condition::completed_successfully);
  world.driver.exec_codes["db"] = 1;
  const auto answer = world.up(project({db, api, service("job"), service("plain")}), Wait::ready);
  world.advance(1s);
  BOOST_TEST(!*answer);
  world.driver.exec_codes["db"] = 0;
  world.advance(5s);
  BOOST_TEST(!*answer);
  world.driver.end("job-1", exit_code(0));
  world.settle();
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
}

BOOST_AUTO_TEST_CASE(wait_ready_fails_for_what_ends_badly) {
  World world;
  world.driver.hold("start web");
  const auto answer = world.up(project({service("web")}), Wait::ready);
  world.driver.release("start web");
  world.driver.end("web-1", exit_code(2));  // even before its start has been told
  world.settle();
  BOOST_REQUIRE(*answer);
  BOOST_TEST(failures(***answer) == (Names{"web.yaml:1:1: cannot start web-1: exited (2)"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wait_ready_fails_for_what_ends_badly_while_others_are_waited_for) {
  World world;
  auto db = service("db");
  db.healthcheck = probe();
  world.driver.exec_codes["db"] = 1;
  const auto answer = world.up(project({db, service("job"), service("web")}), Wait::ready);
  world.advance(1s);
  world.driver.end("job-1", exit_code(0));
  world.driver.end("web-1", exit_code(2));
  world.settle();
  BOOST_REQUIRE(*answer);
  BOOST_TEST(failures(***answer) == (Names{"web.yaml:1:1: cannot start web-1: exited (2)"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_wait_that_takes_too_long_names_what_is_open) {
  World world;
  auto db = service("db");
  db.healthcheck = probe();
  world.driver.exec_codes["db"] = 1;
  world.driver.exec_output["db"] = "no response";
  engine::UpRequest request;
  request.project = project({db, service("web")});
  request.wait = Wait::ready;
  request.wait_timeout = 5s;
  const auto answer = world.begin(world.supervisor->up(std::move(request)));
  world.advance(4s);
  BOOST_TEST(!*answer);
  world.advance(2s);
  BOOST_REQUIRE(*answer);
  BOOST_TEST(failures(***answer) ==
                 (Names{"db.yaml:1:1: cannot start db-1: not done after 5s (--wait-timeout): "
                        "not healthy yet: the probe exited with 1: no response"}),
             boost::test_tools::per_element());
  BOOST_TEST(world.state("db-1") == "running");  // and it goes on
}

BOOST_AUTO_TEST_CASE(a_newer_up_takes_over) {
  World world;
  world.driver.hold("start a");
  auto file = project({service("a"), service("b", {"a"})});
  const auto first = world.up(file);
  file.services.at("b").environment["MODE"] = "new";
  const auto second = world.up(file);
  BOOST_REQUIRE(*first);
  BOOST_TEST((**first).error().message() == "cannot go on: a newer up has taken over");
  BOOST_TEST(((**first).error().kind() == base::ErrorKind::conflict));
  world.driver.release("start a");
  world.settle();
  BOOST_REQUIRE(*second);
  BOOST_TEST((**second)->failures.empty());
  BOOST_TEST(world.driver.task("b-1").environment.at("MODE") == "new");
  BOOST_TEST(world.driver.count("start b-1") == 1u);
}

BOOST_AUTO_TEST_CASE(a_caller_that_goes_away_does_not_end_the_plan) {
  World world;
  world.driver.hold("start a");
  world.up(project({service("a"), service("b", {"a"})}), Wait::none);
  world.driver.release("start a");
  world.settle();
  BOOST_TEST(world.state("b-1") == "running");
}

BOOST_AUTO_TEST_CASE(a_start_that_cannot_succeed_is_told_with_its_place) {
  World world;
  world.driver.start_fails.emplace("web", base::Error("cannot exec /bin/web: No such file"));
  const auto answer = world.up(project({service("web")}));
  BOOST_REQUIRE(*answer);
  BOOST_TEST(failures(***answer) ==
                 (Names{"web.yaml:1:1: cannot start web-1: cannot exec /bin/web: No such file"}),
             boost::test_tools::per_element());
  BOOST_TEST(world.state("web-1") == "failed");
  world.driver.start_fails.clear();
  const auto again = world.up(project({service("web")}));
  BOOST_REQUIRE(*again);
  BOOST_TEST(world.state("web-1") == "running");
}

BOOST_AUTO_TEST_CASE(events_have_the_verbs_of_compose) {
  World world;
  auto db = service("db");
  db.healthcheck = probe();
  world.up(project({db}));
  world.advance(1s);
  world.down();
  BOOST_TEST(world.events.actions("db-1") == (Names{"create", "start", "health_status: healthy",
                                                    "stopping", "die", "stop", "destroy"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_thousand_services_come_up_and_go_down) {
  World world;
  std::vector<model::Service> services;
  for (int i = 0; i < 1000; ++i) {
    Names needs;
    if (i > 0) needs.push_back("s" + std::to_string(i / 2));
    if (i > 1) needs.push_back("s0");
    services.push_back(service("s" + std::to_string(i), needs));
  }
  services[0].depends_on.clear();
  services[1].depends_on = {{"s0", {}}};
  const auto answer = world.up(project(std::move(services)));
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  BOOST_TEST(world.driver.running().size() == 1000u);
  const auto down = world.down();
  BOOST_REQUIRE(*down);
  BOOST_TEST((**down)->failures.empty());
  BOOST_TEST(world.driver.running().empty());
  BOOST_TEST(world.supervisor->idle());
}

BOOST_AUTO_TEST_SUITE_END()
