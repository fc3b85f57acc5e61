// Rule 27 and deploy.restart_policy; replicas.
#include <boost/test/unit_test.hpp>

#include "tests/config/support.h"

using namespace consort;
using namespace consort::config::test;
using model::RestartCondition;

namespace {

struct Keys : Stack {
  explicit Keys(const std::string& keys)
      : Stack("services:\n  a:\n    command: a\n    " + keys + "\n") {}
  model::RestartPolicy policy() const { return service("a").restart; }
};

constexpr const char* accepted =
    " is not a restart policy (accepted: \"no\", always, on-failure, on-failure:3, unless-stopped)";

}  // namespace

BOOST_AUTO_TEST_SUITE(restart)

// rule 27: restart: no
BOOST_AUTO_TEST_CASE(rule_27_no_needs_no_quotes) {
  BOOST_TEST((Keys("restart: no").policy().condition == RestartCondition::never));
  BOOST_TEST((Keys("restart: \"no\"").policy().condition == RestartCondition::never));
}

BOOST_AUTO_TEST_CASE(forms_of_restart) {
  BOOST_TEST((Keys("restart: always").policy().condition == RestartCondition::always));
  BOOST_TEST(
      (Keys("restart: unless-stopped").policy().condition == RestartCondition::unless_stopped));
  const auto three = Keys("restart: on-failure:3").policy();
  BOOST_TEST((three.condition == RestartCondition::on_failure));
  BOOST_TEST(three.max_attempts.value() == 3u);
  BOOST_TEST(!Keys("restart: on-failure").policy().max_attempts.has_value());
}

BOOST_AUTO_TEST_CASE(bad_forms_of_restart) {
  BOOST_TEST(Keys("restart: sometimes").errors() ==
             "consort.yaml:4:14: cannot read services.a.restart: \"sometimes\"" +
                 std::string(accepted));
  BOOST_TEST(Keys("restart: on-failure:x").errors() ==
             "consort.yaml:4:14: cannot read services.a.restart: \"on-failure:x\"" +
                 std::string(accepted) + " (did you mean \"on-failure\"?)");
  BOOST_TEST(Keys("restart: false").errors() ==
             "consort.yaml:4:14: cannot read services.a.restart: \"false\"" +
                 std::string(accepted));
}

BOOST_AUTO_TEST_CASE(a_deploy_policy_wins_in_either_order) {
  for (const char* keys :
       {"restart: always\n    deploy: {restart_policy: {condition: on-failure, delay: 0s}}",
        "deploy: {restart_policy: {condition: on-failure, delay: 0s}}\n    restart: always"}) {
    const auto policy = Keys(keys).policy();
    BOOST_TEST((policy.condition == RestartCondition::on_failure));
    BOOST_TEST(policy.delay.count() == 0);
    BOOST_TEST(!policy.backoff);
  }
}

BOOST_AUTO_TEST_CASE(a_deploy_policy_is_read_whole) {
  const auto policy =
      Keys("deploy: {restart_policy: {delay: 5s, max_attempts: 4, window: 2m}}").policy();
  BOOST_TEST((policy.condition == RestartCondition::always));
  BOOST_TEST((policy.delay == std::chrono::seconds(5)));
  BOOST_TEST((policy.window == std::chrono::minutes(2)));
  BOOST_TEST(policy.max_attempts.value() == 4u);
  const auto plain = Keys("deploy: {restart_policy: {condition: any}}").policy();
  BOOST_TEST(plain.backoff);
}

BOOST_AUTO_TEST_CASE(replicas_by_any_name) {
  BOOST_TEST(Keys("scale: 2").service("a").replicas == 2u);
  BOOST_TEST(Keys("replicas: 3").service("a").replicas == 3u);
  BOOST_TEST(Keys("deploy: {replicas: 4}").service("a").replicas == 4u);
  BOOST_TEST(Keys("replicas: 0").service("a").replicas == 0u);
}

BOOST_AUTO_TEST_CASE(replicas_that_contradict) {
  BOOST_TEST(Keys("replicas: 2\n    deploy: {replicas: 3}").errors() ==
             "consort.yaml:4:5: cannot read services.a.replicas: 2 contradicts deploy.replicas, "
             "which is 3 at consort.yaml:5:14");
}

BOOST_AUTO_TEST_CASE(replicas_must_be_a_number) {
  BOOST_TEST(Keys("replicas: two").errors() ==
             "consort.yaml:4:15: cannot read services.a.replicas: \"two\" is not a whole number "
             "(accepted: 0, 1, 2, ...)");
  BOOST_TEST(Keys("replicas: -1").errors() ==
             "consort.yaml:4:15: cannot read services.a.replicas: \"-1\" is not in the range "
             "(accepted: 0, 1, 2, ...)");
}

BOOST_AUTO_TEST_SUITE_END()
