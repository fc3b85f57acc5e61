#include "core/cli/limits.h"

#include <algorithm>

#include <boost/test/unit_test.hpp>

using namespace consort::cli;

namespace {

MachineFacts good_machine() {
  MachineFacts facts;
  facts.kernel = "6.1.0";
  facts.open_files = 1024;
  facts.open_files_hard = 1'048'576;
  facts.pid_max = 4'194'304;
  facts.inotify_instances = 128;
  facts.inotify_watches = 65'536;
  facts.pipe_pages_soft = 16'384;
  facts.pipe_max_size = 1'048'576;
  facts.pidfd = facts.subreaper = facts.cgroup2 = facts.cgroup2_writable = true;
  facts.user_namespaces = true;
  facts.state_room_mib = 5000;
  facts.state_directory = "/home/me/.local/state/consort";
  facts.runtime_directory = "/run/user/1000/consort";
  return facts;
}

Check named(const std::vector<Check>& checks, const std::string& name) {
  const auto found = std::ranges::find(checks, name, &Check::name);
  BOOST_REQUIRE_MESSAGE(found != checks.end(), name);
  return *found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(a_good_machine_needs_no_advice) {
  for (const Check& check : judge(good_machine())) {
    BOOST_TEST((check.verdict == Verdict::good), check.name);
    BOOST_TEST(check.advice == "");
  }
}

BOOST_AUTO_TEST_CASE(what_is_weak_or_missing_comes_with_advice) {
  MachineFacts facts = good_machine();
  facts.open_files_hard = 1024;
  facts.cgroup_pids = 100;
  facts.user_namespaces = false;
  facts.pidfd = false;
  facts.state_room_mib = 3;
  facts.state_problem = "cannot write to /: Permission denied";
  const auto checks = judge(facts);
  BOOST_TEST((named(checks, "open files").verdict == Verdict::weak));
  BOOST_TEST((named(checks, "processes of this cgroup").verdict == Verdict::weak));
  BOOST_TEST((named(checks, "user namespaces").verdict == Verdict::weak));
  BOOST_TEST((named(checks, "room for logs there, MiB").verdict == Verdict::weak));
  BOOST_TEST((named(checks, "pidfd").verdict == Verdict::missing));
  BOOST_TEST((named(checks, "state directory").verdict == Verdict::missing));
  BOOST_TEST(named(checks, "state directory").advice.find("XDG_STATE_HOME") != std::string::npos);
  for (const Check& check : checks) {
    BOOST_TEST(check.advice.empty() == (check.verdict == Verdict::good), check.name);
  }
}

BOOST_AUTO_TEST_CASE(no_limit_is_no_weakness) {
  BOOST_TEST(named(judge(good_machine()), "processes of this user").value == "no limit");
}

BOOST_AUTO_TEST_CASE(the_facts_of_this_machine_can_be_read) {
  const MachineFacts facts = read_machine_facts();
  BOOST_TEST(!facts.kernel.empty());
  BOOST_TEST(facts.open_files > 0U);
  BOOST_TEST(facts.pid_max.has_value());
  BOOST_TEST(facts.subreaper);
}

BOOST_AUTO_TEST_SUITE_END()
