#include "core/engine/health.h"

#include <boost/test/unit_test.hpp>

using namespace consort;
using namespace std::chrono_literals;
using namespace consort::engine;
using model::Health;

namespace {

const SteadyTime start = SteadyTime{} + 1h;

model::Probe probe() {
  model::Probe made;
  made.interval = 10s;
  made.start_interval = 2s;
  made.retries = 3;
  return made;
}

// Runs probes that each take `took`, until `until`, as the prober does. `good` from an instant on.
struct Run {
  HealthState state = begin_health(start);
  std::vector<double> due;  // seconds after the start
  std::vector<double> early;

  Run(const model::Probe& probe, base::Duration until, base::Duration good,
      base::Duration took = {}) {
    ProbePlan plan = first_probe(probe, state, start);
    while (plan.next < start + until) {
      const double at = std::chrono::duration<double>(plan.next - start).count();
      (plan.due ? due : early).push_back(at);
      const bool success = plan.next >= start + good;
      state = after_probe(probe, state, {success, plan.due, plan.next, ""});
      plan = next_probe(probe, state, plan, plan.next + took);
    }
  }
};

constexpr base::Duration never = 1000h;

}  // namespace

BOOST_AUTO_TEST_SUITE(health)

// rule 30: the first probe is due one interval after the start
BOOST_AUTO_TEST_CASE(due_probes_come_where_docker_has_them) {
  HealthState healthy{Health::healthy, 0, start};
  ProbePlan plan = first_probe(probe(), healthy, start);
  for (const auto expected :
       {10s, 21s, 32s}) {  // an interval after the end of each, which took 1 s
    BOOST_TEST(plan.due);
    BOOST_TEST((plan.next == start + expected));
    plan = next_probe(probe(), healthy, plan, plan.next + 1s);
  }
  const Run quick(probe(), 35s, never);
  BOOST_TEST(quick.due == (std::vector<double>{10, 20, 30}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_due_probe_waits_for_an_early_one_under_way) {
  const Run run(probe(), 12s, never, 1s);
  BOOST_TEST(run.early.back() == 9.55, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(run.due.size() == 1u);
  BOOST_TEST(run.due.front() == 10.55, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(due_probes_come_every_start_interval_in_the_start_period) {
  auto patient = probe();
  patient.start_period = 5s;
  const Run run(patient, 30s, never);
  BOOST_TEST(run.due == (std::vector<double>{2, 4, 6, 16, 26}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(early_probes_find_a_quick_service_soon) {
  const Run run(probe(), 1s, 300ms);
  BOOST_TEST((run.state.health == Health::healthy));
  BOOST_TEST(run.early == (std::vector<double>{0.05, 0.15, 0.35}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(early_probes_end_with_the_first_success) {
  const Run run(probe(), 40s, 300ms);
  BOOST_TEST(run.early.size() == 3u);
  BOOST_TEST(run.due == (std::vector<double>{10, 20, 30}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(early_failures_never_count) {
  const Run run(probe(), 29s, never);
  BOOST_TEST(run.early.size() > 10u);
  BOOST_TEST(run.due.size() == 2u);
  BOOST_TEST(run.state.failures == 2);
  BOOST_TEST((run.state.health == Health::starting));
}

BOOST_AUTO_TEST_CASE(retries_failures_in_a_row_are_unhealthy) {
  BOOST_TEST((Run(probe(), 31s, never).state.health == Health::unhealthy));
  BOOST_TEST((Run(probe(), 41s, 35s).state.health == Health::healthy));  // and it may recover
}

// rule 30: failures in start_period are excused
BOOST_AUTO_TEST_CASE(failures_in_the_start_period_are_excused) {
  auto patient = probe();
  patient.start_period = 60s;
  const Run run(patient, 59s, never);
  BOOST_TEST(run.state.failures == 0);
  BOOST_TEST((run.state.health == Health::starting));
}

// rule 30: ... until the first success
BOOST_AUTO_TEST_CASE(after_a_success_failures_count_even_in_the_start_period) {
  auto patient = probe();
  patient.start_period = 10min;
  HealthState state = begin_health(start);
  state = after_probe(patient, state, {true, false, start + 1s, ""});
  BOOST_TEST((state.health == Health::healthy));
  for (int i = 0; i < 2; ++i) state = after_probe(patient, state, {false, true, start + 2s, ""});
  BOOST_TEST((state.health == Health::healthy));
  state = after_probe(patient, state, {false, true, start + 3s, ""});
  BOOST_TEST((state.health == Health::unhealthy));
}

BOOST_AUTO_TEST_CASE(a_probe_that_began_in_the_start_period_is_excused_however_long_it_took) {
  auto patient = probe();
  patient.start_period = 5s;
  patient.retries = 1;
  auto state = after_probe(patient, begin_health(start), {false, true, start + 4s, ""});
  BOOST_TEST((state.health == Health::starting));
  state = after_probe(patient, state, {false, true, start + 5s, ""});
  BOOST_TEST((state.health == Health::unhealthy));
}

BOOST_AUTO_TEST_CASE(a_success_forgets_the_failures) {
  HealthState state{Health::healthy, 2, start};
  state = after_probe(probe(), state, {true, true, start + 20s, ""});
  BOOST_TEST(state.failures == 0);
}

BOOST_AUTO_TEST_SUITE_END()
