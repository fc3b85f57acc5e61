#include "core/plan/diff.h"

#include <boost/test/unit_test.hpp>

#include "core/plan/changes.h"
#include "tests/plan/services.h"

using namespace consort;
using plan::Observed;
using tests::project;
using tests::service;
using Names = std::vector<std::string>;

namespace {

Observed running(const model::Service& service, std::uint32_t index = 1) {
  Observed one;
  one.id = {service.name, index};
  one.hash = model::change_hash(service);
  one.runtime = service.runtime;
  one.active = true;
  return one;
}

// "replace web-1: changed: command"
Names lines(const base::Result<std::vector<plan::Action>>& actions) {
  BOOST_REQUIRE(actions.has_value());
  Names lines;
  for (const auto& action : *actions) {
    lines.push_back(std::string(to_string(action.verb)) + " " + model::to_string(action.id) +
                    (action.why.empty() ? "" : ": " + action.why));
  }
  return lines;
}

void check(const base::Result<std::vector<plan::Action>>& actions, const Names& expected) {
  BOOST_TEST(lines(actions) == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(diff)

BOOST_AUTO_TEST_CASE(everything_is_new_at_first_in_order) {
  check(plan::diff(project({service("web", {"db"}), service("db")}), {}, {}, {}),
        {"create db-1: new", "create web-1: new"});
}

BOOST_AUTO_TEST_CASE(what_is_unchanged_is_kept) {
  const auto web = service("web");
  check(plan::diff(project({web}), {running(web)}, {{"web", web}}, {}), {"keep web-1"});
}

BOOST_AUTO_TEST_CASE(what_its_runtime_calls_outdated_is_replaced_unless_nothing_is_to_be) {
  const auto web = service("web");
  auto now = running(web);
  now.outdated = "its image has changed";
  check(plan::diff(project({web}), {now}, {{"web", web}}, {}),
        {"replace web-1: its image has changed"});
  plan::Options options;
  options.no_recreate = true;
  check(plan::diff(project({web}), {now}, {{"web", web}}, options), {"keep web-1"});
}

BOOST_AUTO_TEST_CASE(a_change_names_what_changed) {
  auto old = service("web");
  old.spec["environment"] = {{"PORT", "80"}, {"MODE", "a"}};
  old.environment = {{"PORT", "80"}, {"MODE", "a"}};
  auto now = old;
  now.spec["environment"].as_object()["PORT"] = "81";
  now.environment["PORT"] = "81";
  check(plan::diff(project({now}), {running(old)}, {{"web", old}}, {}),
        {"replace web-1: changed: environment.PORT"});
}

BOOST_AUTO_TEST_CASE(many_changes_are_counted) {
  auto old = service("web");
  auto now = old;
  for (const auto* key : {"a", "b", "c", "d", "e"}) now.spec[key] = 1;
  check(plan::diff(project({now}), {running(old)}, {{"web", old}}, {}),
        {"replace web-1: changed: a, b, c and 2 more"});
}

BOOST_AUTO_TEST_CASE(a_value_that_the_file_does_not_show_is_named_too) {
  auto old = service("web");
  auto now = old;
  now.environment["FROM_ENV_FILE"] = "x";
  BOOST_TEST(plan::changes(old, now) == (Names{"environment.FROM_ENV_FILE"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(another_runtime_is_a_change) {
  const auto old = service("web");
  auto now = old;
  now.runtime = "container";
  check(plan::diff(project({now}), {running(old)}, {{"web", old}}, {}),
        {"replace web-1: changed: runtime"});
}

BOOST_AUTO_TEST_CASE(dependencies_and_scale_alone_change_nothing) {
  const auto old = service("web");
  auto now = service("web", {"db"});
  now.replicas = 2;
  const auto db = service("db");
  check(plan::diff(project({now, db}), {running(old), running(db)}, {{"web", old}, {"db", db}}, {}),
        {"keep db-1", "keep web-1", "create web-2: new"});
}

BOOST_AUTO_TEST_CASE(what_does_not_run_is_started_and_so_is_a_done_one_shot) {
  const auto web = service("web");
  const auto job = service("job");
  auto stopped = running(web);
  stopped.active = false;
  auto done = running(job);
  done.active = false;
  done.done = true;
  check(plan::diff(project({web, job}), {stopped, done}, {}, {}),
        {"start job-1: has completed, runs again", "start web-1: does not run"});
}

BOOST_AUTO_TEST_CASE(force_and_no_recreate) {
  const auto old = service("web");
  auto now = old;
  now.spec["command"] = "other";
  plan::Options options;
  options.no_recreate = true;
  check(plan::diff(project({now}), {running(old)}, {{"web", old}}, options),
        {"keep web-1: changed, but not to be replaced"});
  options = {};
  options.force_recreate = true;
  check(plan::diff(project({old}), {running(old)}, {{"web", old}}, options),
        {"replace web-1: forced"});
}

BOOST_AUTO_TEST_CASE(what_is_named_and_what_it_depends_on_are_forced_apart) {
  const auto web = service("web", {"db"});
  const auto db = service("db");
  const std::map<std::string, model::Service> specs{{"web", web}, {"db", db}};
  plan::Options options;
  options.services = {"web"};
  options.force_recreate = true;
  check(plan::diff(project({web, db}), {running(web), running(db)}, specs, options),
        {"keep db-1", "replace web-1: forced"});
  options.force_recreate = false;
  options.recreate_deps = true;
  check(plan::diff(project({web, db}), {running(web), running(db)}, specs, options),
        {"replace db-1: forced", "keep web-1"});
  options.services.clear();
  check(plan::diff(project({web, db}), {running(web), running(db)}, specs, options),
        {"keep db-1", "keep web-1"});
}

BOOST_AUTO_TEST_CASE(scaling_down_removes_the_highest_first) {
  const auto web = service("web");
  plan::Options options;
  options.scale["web"] = 1;
  check(plan::diff(project({web}), {running(web), running(web, 2), running(web, 3)}, {}, options),
        {"remove web-3: scaled down to 1", "remove web-2: scaled down to 1", "keep web-1"});
}

BOOST_AUTO_TEST_CASE(selected_services_bring_their_dependencies_unless_told_not_to) {
  const auto file = project({service("web", {"db"}), service("db"), service("other")});
  plan::Options options;
  options.services = {"web"};
  check(plan::diff(file, {}, {}, options), {"create db-1: new", "create web-1: new"});
  options.no_deps = true;
  check(plan::diff(file, {}, {}, options), {"create web-1: new"});
}

BOOST_AUTO_TEST_CASE(orphans_are_named_and_removed_only_when_asked_for) {
  const auto web = service("web");
  const auto old = service("old");
  const auto older = service("older", {"old"});
  const std::map<std::string, model::Service> specs{{"web", web}, {"old", old}, {"older", older}};
  const std::vector<Observed> now{running(web), running(old), running(older)};
  check(plan::diff(project({web}), now, specs, {}),
        {"keep web-1", "orphan old-1: not in the file", "orphan older-1: not in the file"});
  plan::Options options;
  options.remove_orphans = true;
  check(plan::diff(project({web}), now, specs, options),
        {"remove older-1: not in the file", "remove old-1: not in the file", "keep web-1"});
}

BOOST_AUTO_TEST_CASE(a_service_of_a_disabled_profile_is_no_orphan) {
  const auto debug = service("debug");
  auto file = project({service("web")});
  file.disabled = {"debug"};
  plan::Options options;
  options.remove_orphans = true;
  check(plan::diff(file, {running(debug)}, {{"debug", debug}}, options), {"create web-1: new"});
}

// rule 35: restart: true follows what a person replaces
BOOST_AUTO_TEST_CASE(dependents_that_ask_for_it_go_along_with_a_replaced_one_and_theirs) {
  auto db = service("db");
  auto api = service("api", {"db"});
  api.depends_on["db"].restart = true;
  auto web = service("web", {"api"});
  web.depends_on["api"].restart = true;
  const auto plain = service("plain", {"db"});
  const std::map<std::string, model::Service> specs{
      {"db", db}, {"api", api}, {"web", web}, {"plain", plain}};
  const std::vector<Observed> now{running(db), running(api), running(web), running(plain)};
  db.spec["command"] = "other";
  check(plan::diff(project({db, api, web, plain}), now, specs, {}),
        {"replace db-1: changed: command", "replace api-1: its dependency db is replaced",
         "keep plain-1", "replace web-1: its dependency api is replaced"});
}

BOOST_AUTO_TEST_CASE(unknown_names_are_errors_with_the_nearest) {
  plan::Options options;
  options.services = {"wbe"};
  const auto actions = plan::diff(project({service("web")}), {}, {}, options);
  BOOST_REQUIRE(actions.has_error());
  BOOST_TEST(actions.error().message() ==
             "cannot bring up wbe: there is no such service; did you mean web?");
  options.services.clear();
  options.scale["db"] = 2;
  BOOST_TEST(plan::diff(project({service("web")}), {}, {}, options).has_error());
}

BOOST_AUTO_TEST_CASE(more_replicas_than_a_machine_can_have_are_refused) {
  plan::Options options;
  options.scale["web"] = 2'000'000'000;
  const auto scaled = plan::diff(project({service("web")}), {}, {}, options);
  BOOST_REQUIRE(!scaled.has_value());
  BOOST_TEST(scaled.error().message() ==
             "cannot bring up web: it cannot have 2000000000 replicas (accepted: 0 to 10000)");
  auto many = service("web");
  many.replicas = 10'001;
  BOOST_TEST(!plan::diff(project({many}), {}, {}, {}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
