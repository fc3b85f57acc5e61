#include <boost/test/unit_test.hpp>
#include <functional>
#include <vector>

#include "core/model/project.h"
#include "tests/model/samples.h"

using namespace consort::model;
namespace test = consort::test;

namespace {

using Change = std::function<void(Service&)>;

std::string after(const Change& change) {
  Service service = test::full_service();
  change(service);
  return change_hash(service);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(change_hash_of_a_service)

BOOST_AUTO_TEST_CASE(is_32_hex_digits_and_stays_the_same_over_versions) {
  Service service;
  service.name = "a";
  service.argv = {"true"};
  const std::string hash = change_hash(service);
  BOOST_TEST(hash.size() == 32u);
  BOOST_TEST(hash.find_first_not_of("0123456789abcdef") == std::string::npos);
  // A different value here means that an upgrade replaces every running service.
  BOOST_TEST(hash == "5f6eb94e8ea30157bdac6c4141b123b5");
}

// rule 40: scale, depends_on, profiles, pull_policy and replicas replace nothing
BOOST_AUTO_TEST_CASE(ignores_what_does_not_concern_a_running_instance) {
  const std::string before = change_hash(test::full_service());
  const std::vector<Change> changes{
      [](Service& s) { s.replicas = 9; },
      [](Service& s) { s.depends_on.clear(); },
      [](Service& s) { s.profiles.clear(); },
      [](Service& s) { s.where = {}; },
      [](Service& s) { s.runtime_where = {}; },
      [](Service& s) { s.key_where = {}; },
      [](Service& s) { s.healthcheck->where = {}; },
      [](Service& s) { s.ports[0].where = {}; },
      [](Service& s) { s.spec["scale"] = 4; },
      [](Service& s) { s.spec["depends_on"] = {"x"}; },
      [](Service& s) { s.spec["profiles"] = {"x"}; },
      [](Service& s) { s.spec["pull_policy"] = "always"; },
      [](Service& s) { s.spec["deploy"].as_object()["replicas"] = 12; },
      [](Service& s) { s.spec["deploy"].as_object().erase("replicas"); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    BOOST_TEST_CONTEXT("change " << i) { BOOST_TEST(after(changes[i]) == before); }
  }
}

BOOST_AUTO_TEST_CASE(ignores_the_order_of_keys) {
  const auto one = after([](Service& s) { s.spec = {{"a", 1}, {"b", {{"c", 2}, {"d", 3}}}}; });
  const auto two = after([](Service& s) { s.spec = {{"b", {{"d", 3}, {"c", 2}}}, {"a", 1}}; });
  BOOST_TEST(one == two);
}

BOOST_AUTO_TEST_CASE(sees_every_other_change) {
  const std::vector<Change> changes{
      [](Service&) {},
      [](Service& s) { s.name = "x"; },
      [](Service& s) { s.runtime = "process"; },
      [](Service& s) { s.healthcheck.reset(); },
      [](Service& s) { s.healthcheck->retries = 1; },
      [](Service& s) {
        s.healthcheck->check = TcpProbe{"h", 1};
      },
      [](Service& s) { s.restart.condition = RestartCondition::always; },
      [](Service& s) { s.restart.max_attempts.reset(); },
      [](Service& s) { s.stop_signal.reset(); },
      [](Service& s) { s.stop_grace_period += Duration(1); },
      [](Service& s) { s.argv.pop_back(); },
      [](Service& s) {
        s.argv = {"serve", "--port 80", ""};
      },
      [](Service& s) { s.environment["A"] = "2"; },
      [](Service& s) { s.environment.erase("EMPTY"); },
      [](Service& s) { s.working_dir = "/"; },
      [](Service& s) { s.stdin_open = false; },
      [](Service& s) { s.tty = false; },
      [](Service& s) { s.ports[0].published = 1; },
      [](Service& s) { s.ports.clear(); },
      [](Service& s) { s.spec["image"] = "nginx:2"; },
      [](Service& s) { s.spec["deploy"].as_object()["mode"] = "x"; },
  };
  std::vector<std::string> hashes;
  for (const auto& change : changes) hashes.push_back(after(change));
  std::sort(hashes.begin(), hashes.end());
  BOOST_TEST((std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end()));
}

BOOST_AUTO_TEST_SUITE_END()
