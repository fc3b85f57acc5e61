#include <boost/test/unit_test.hpp>

#include "tests/engine/steps.h"
#include "tests/fakes/world.h"

using namespace consort;
using namespace consort::fakes;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;
using engine::Selection;

BOOST_AUTO_TEST_SUITE(command_pause)

BOOST_AUTO_TEST_CASE(what_runs_is_halted_and_goes_on) {
  World world;
  world.up(project({service("web"), service("db"), service("job")}));
  world.driver.end("job-1", exit_code(0));
  world.settle();
  world.driver.take_calls();
  auto paused = world.begin(world.supervisor->pause({}));
  BOOST_REQUIRE(*paused);
  BOOST_TEST((**paused)->failures.empty());
  BOOST_TEST(world.driver.take_calls() == (Names{"pause db-1", "pause web-1"}),
             boost::test_tools::per_element());
  BOOST_TEST(world.status("web-1").paused);
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.journal.replicas.at({"web", 1}).status.paused);
  world.begin(world.supervisor->pause({}));  // is so already
  BOOST_TEST(world.driver.take_calls().empty());
  world.begin(world.supervisor->unpause({{"web"}, 0}));
  BOOST_TEST(world.driver.take_calls() == Names{"unpause web-1"}, boost::test_tools::per_element());
  BOOST_TEST(!world.status("web-1").paused);
  BOOST_TEST(world.status("db-1").paused);
  BOOST_TEST(world.events.actions("web-1") == (Names{"create", "start", "pause", "unpause"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_runtime_that_cannot_is_named) {
  World world;
  world.up(project({service("web")}));
  world.driver.pause_fails.emplace("web", base::Error(base::ErrorKind::unsupported, "no"));
  const auto answer = world.begin(world.supervisor->pause({}));
  BOOST_REQUIRE(*answer);
  BOOST_REQUIRE((**answer)->failures.size() == 1u);
  BOOST_TEST((**answer)->failures[0].message ==
             "cannot pause web-1: runtime process cannot do this");
  BOOST_TEST(!world.status("web-1").paused);
}

BOOST_AUTO_TEST_CASE(a_replaced_supervisor_knows_it_and_a_new_instance_is_not_paused) {
  World world;
  world.up(project({service("web")}));
  world.begin(world.supervisor->pause({}));
  world.replace_supervisor();
  BOOST_REQUIRE(world.restore());
  BOOST_TEST(world.status("web-1").paused);
  world.begin(world.supervisor->restart({}, {}, false));
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(!world.status("web-1").paused);
}

BOOST_AUTO_TEST_CASE(what_others_halt_is_known_and_goes_on_by_command) {
  World world;
  world.up(project({service("web"), service("db")}));
  world.driver.take_calls();
  const auto web = world.driver.instance("web-1");
  world.supervisor->instance_paused(web, true);
  world.supervisor->instance_paused(web, true);  // told twice
  world.supervisor->instance_paused("of-nobody", true);
  BOOST_TEST(world.status("web-1").paused);
  BOOST_TEST(!world.status("db-1").paused);
  world.begin(world.supervisor->unpause({}));
  BOOST_TEST(world.driver.take_calls() == Names{"unpause web-1"}, boost::test_tools::per_element());
  world.supervisor->instance_paused(web, true);
  world.supervisor->instance_paused(web, false);
  BOOST_TEST(!world.status("web-1").paused);
  BOOST_TEST(world.events.actions("web-1") ==
                 (Names{"create", "start", "pause", "unpause", "pause", "unpause"}),
             boost::test_tools::per_element());
}

// A runtime tells it before the attach completes.
BOOST_AUTO_TEST_CASE(how_it_is_found_counts_from_the_attach_on) {
  for (const bool paused : {true, false}) {
    tests::Steps steps;
    steps.service.healthcheck = probe();
    steps.run();
    steps.post(engine::event::Paused{1, !paused});
    steps.post(engine::event::Lost{"away"});
    steps.took();
    steps.post(engine::event::Paused{1, paused});
    BOOST_TEST(steps.took() == "");
    steps.post(engine::event::Back{});
    steps.took();
    steps.post(engine::event::Attached{1, {runtime::Presence::running, 0, {}, {}, {}}});
    BOOST_TEST(steps.took() ==
               (paused ? "record publish(adopt)" : "probe(1) record publish(adopt)"));
    BOOST_TEST(steps.machine.paused == paused);
  }
}

BOOST_AUTO_TEST_CASE(what_is_paused_is_not_probed) {
  tests::Steps steps;
  steps.service.healthcheck = probe();
  steps.run();
  steps.post(engine::event::Probed{1, {true, true, {}, ""}});
  steps.took();
  steps.post(engine::event::Paused{1, true});
  BOOST_TEST(steps.took() == "unprobe record publish(pause)");
  steps.post(engine::event::Probed{1, {false, true, {}, "late"}});
  BOOST_TEST(steps.took() == "");
  BOOST_TEST((steps.machine.health.health == model::Health::healthy));
  steps.post(engine::event::Paused{1, false});
  BOOST_TEST(steps.took() == "probe(1) record publish(unpause)");
  steps.post(engine::event::Paused{7, true});  // of another instance
  BOOST_TEST(steps.took() == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(command_remove)

BOOST_AUTO_TEST_CASE(only_what_does_not_run_is_forgotten) {
  World world;
  world.up(project({service("web"), service("job")}));
  world.driver.end("job-1", exit_code(0));
  world.settle();
  const auto answer = world.begin(world.supervisor->remove({}, false, false));
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  BOOST_TEST(world.state("job-1") == "none");
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.driver.count("remove job-1") == 1u);
  BOOST_TEST(world.supervisor->project() != nullptr);
}

BOOST_AUTO_TEST_CASE(with_stop_what_runs_goes_too_with_its_volumes_where_asked) {
  World world;
  world.up(project({service("web", {"db"}), service("db")}));
  world.driver.take_calls();
  world.begin(world.supervisor->remove({}, true, true));
  BOOST_TEST(world.driver.take_calls() == (Names{"stop web-1 10s", "remove web-1 and its volumes",
                                                 "stop db-1 10s", "remove db-1 and its volumes"}),
             boost::test_tools::per_element());
  BOOST_TEST(world.supervisor->status().empty());
  BOOST_TEST(world.journal.replicas.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(command_create)

engine::UpRequest request(model::Project project) {
  engine::UpRequest made;
  made.project = std::move(project);
  return made;
}

BOOST_AUTO_TEST_CASE(it_is_made_and_does_not_run_until_it_is_started) {
  World world;
  const auto shop = project({service("web", {"db"}), service("db")});
  const auto answer = world.begin(world.supervisor->create(request(shop)));
  BOOST_REQUIRE(*answer);
  BOOST_TEST((**answer)->failures.empty());
  BOOST_TEST((**answer)->actions.size() == 2u);
  BOOST_TEST(world.driver.running().empty());
  BOOST_TEST(world.state("web-1") == "stopped");
  BOOST_TEST(world.status("web-1").generation == 0u);
  BOOST_TEST(world.driver.count("create web-1") == 1u);
  world.begin(world.supervisor->create(request(shop)));
  BOOST_TEST(world.driver.count("create web-1") == 1u);
  world.begin(world.supervisor->start({}, engine::Wait::started));
  BOOST_TEST(world.state("web-1") == "running");
  BOOST_TEST(world.driver.count("create web-1") == 1u);
}

BOOST_AUTO_TEST_CASE(what_has_changed_is_made_anew_and_what_runs_is_left_alone) {
  World world;
  world.up(project({service("db")}));
  world.begin(world.supervisor->create(request(project({service("web"), service("db")}))));
  auto web = service("web");
  auto db = service("db");
  web.argv = db.argv = {"other"};
  web.spec["command"] = db.spec["command"] = "other";
  world.driver.take_calls();
  world.begin(world.supervisor->create(request(project({web, db}))));
  BOOST_TEST(world.driver.count("create web-1") == 1u);
  BOOST_TEST(world.driver.count("create db-1") == 0u);
  BOOST_TEST(world.state("db-1") == "running");
  BOOST_TEST(world.driver.task("web-1").fresh);
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_made_is_told_and_forgotten) {
  World world;
  world.driver.create_fails.emplace("web", base::Error("no room"));
  const auto answer =
      world.begin(world.supervisor->create(request(project({service("web"), service("db")}))));
  BOOST_REQUIRE(*answer);
  BOOST_REQUIRE((**answer)->failures.size() == 1u);
  BOOST_TEST((**answer)->failures[0].message == "web.yaml:1:1: cannot create web-1: no room");
  BOOST_TEST(world.state("web-1") == "none");
  BOOST_TEST(world.state("db-1") == "stopped");
  world.down();
  BOOST_TEST(world.directories.made.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(command_outdated)

BOOST_AUTO_TEST_CASE(a_runtime_may_say_that_what_runs_is_to_be_replaced) {
  World world;
  const auto shop = project({service("web"), service("db")});
  world.up(shop);
  const std::string before = world.driver.instance("db-1");
  world.driver.outdated["web-1"] = "its image has changed";
  world.driver.take_calls();
  const auto answer = world.up(shop);
  BOOST_REQUIRE(*answer);
  BOOST_TEST(world.driver.prepared.back().at("keeping").as_array().size() == 2u);
  BOOST_TEST(world.driver.count("stop web-1 10s") == 1u);
  BOOST_TEST(world.driver.count("start web-1") == 1u);
  BOOST_TEST(world.driver.task("web-1").fresh);
  BOOST_TEST(world.driver.instance("db-1") == before);
  for (const auto& action : (**answer)->actions) {
    if (action.id.service == "web") BOOST_TEST(action.why == "its image has changed");
  }
}

BOOST_AUTO_TEST_CASE(no_recreate_keeps_it) {
  World world;
  const auto shop = project({service("web")});
  world.up(shop);
  world.driver.outdated["web-1"] = "its image has changed";
  plan::Options options;
  options.no_recreate = true;
  world.up(shop, engine::Wait::started, options);
  BOOST_TEST(world.driver.count("start web-1") == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
